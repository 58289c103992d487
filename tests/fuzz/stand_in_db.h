// The database of the target `gate`.
#ifndef CANDOUR_TESTS_FUZZ_STAND_IN_DB_H
#define CANDOUR_TESTS_FUZZ_STAND_IN_DB_H

// Everything that was asked so far is answered so: a negative enum db_outcome, there are no rows.
void stand_in_db_answer(int outcome);

#endif
