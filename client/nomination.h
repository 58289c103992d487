// What the desk says about changes of nominations, in words of the person's language.
#ifndef CANDOUR_NOMINATION_H
#define CANDOUR_NOMINATION_H

#include "candour.pb-c.h"
#include "cmd.h"

// The reply has a result for each change of the request. Done: tells how many, and who is asked about many leaders.
void nomination_tell(const struct run *run, const Candour__ChangeNominations *request,
                     const Candour__ChangeNominationsReply *reply);
// Not done: every reason for it, in one problem. Returns -1.
int nomination_refused(const Candour__ChangeNominations *request, const Candour__ChangeNominationsReply *reply,
                       struct problem *ret_problem);

#endif
