// candourd person: what the operator does about one person, with the rights of the database's owner.
#ifndef CANDOUR_PERSON_H
#define CANDOUR_PERSON_H

struct config;

// candourd person delete EMAIL --confirm EMAIL: takes away what tells who a person was (docs/data-protection.md).
// argv[0] is "delete". 0 done, 1 refused or failed, with a sentence, 2 usage.
int person_command(const struct config *config, int argc, char **argv);

#endif
