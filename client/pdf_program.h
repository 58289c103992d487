// Running candour-pdf, which lies beside this program: drawing text needs large libraries, which no other command
// should load, and which should see no keys while they read what strangers wrote.
#ifndef CANDOUR_PDF_PROGRAM_H
#define CANDOUR_PDF_PROGRAM_H

#include <stdio.h>

#include "candour.pb-c.h"
#include "exit.h"

// Writes a Report or an OrganisationReport as PDF into out, which must be a file and still empty. Warns, once, of
// letters that no font has. -1: EXIT_FAILED with a sentence.
MUST_CHECK int pdf_program_run(FILE *out, const ProtobufCMessage *report, struct problem *ret_problem);

#endif
