// What lets a shell complete commands, flags and the names of files, made from the table of commands. Nothing is asked
// of the server or of the vault: a keystroke must not be a contact.
#ifndef CANDOUR_COMPLETION_H
#define CANDOUR_COMPLETION_H

#include <stdio.h>

// Shell code that defines _candour and binds it to candour. bash: COMPREPLY, see "Programmable Completion" in bash(1);
// it needs no package beside bash. zsh: _arguments and _describe, see zshcompsys(1).
void completion_bash(FILE *out);
void completion_zsh(FILE *out);

#endif
