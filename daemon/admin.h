// What the operator does on the server itself, with the rights of the database's owner.
#ifndef CANDOUR_ADMIN_H
#define CANDOUR_ADMIN_H

struct config;

// candourd keys: makes the key-encryption key file of each door where it is missing. 0 or 1.
int keys_command(const struct config *config);
// candourd admin add EMAIL --name NAME [--password-file FILE] [--totp-file FILE]: makes a person administrator, with a
// password (the file's first line; asked for twice when no file is given) and a new second step. argv[0] is "add".
// The second step's secret goes to the TOTP file as an authenticator app takes it, or is shown on a terminal. Adding
// somebody again gives a new password and second step and ends their sessions. 0 done, 1 failed, 2 usage.
int admin_command(const struct config *config, int argc, char **argv);

#endif
