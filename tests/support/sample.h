// Valid requests made from the descriptors and the table of limits, each with one thing wrong: so that no field of any
// request is forgotten. Every value is the smallest that the gate lets pass.
#ifndef CANDOUR_TESTS_SAMPLE_H
#define CANDOUR_TESTS_SAMPLE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sample_fault {
    SAMPLE_FINE,
    SAMPLE_MISSING,  // the field is left out
    SAMPLE_NOT_UTF8, // of fields with text only
    SAMPLE_NUL,
};

struct sample {
    uint8_t bytes[8192];
    size_t len;
    char field[64];   // the one that is wrong
    bool may_be_gone; // an optional field, or a list that may be empty
};

// The fault is in the index-th field that it applies to, in order, those of inner messages included. choice: which
// member of a oneof is there, from 0. false: there is no such field.
bool sample_make(const ProtobufCMessageDescriptor *message, unsigned choice, enum sample_fault fault, unsigned index,
                 struct sample *ret_sample);

#endif
