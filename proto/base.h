// What every room may use.
#ifndef CANDOUR_BASE_H
#define CANDOUR_BASE_H

// The caller must look at what this returns.
#define MUST_CHECK __attribute__((warn_unused_result))
// Checked like printf.
#define PRINTF(text, first) __attribute__((format(printf, text, first)))

#define ARRAY_LEN(array) (sizeof(array) / sizeof *(array))

#endif
