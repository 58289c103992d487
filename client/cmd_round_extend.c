// A later close for a round that is under way.
#include "commands.h"

int cmd_round_extend(struct run *run) {
    Candour__ExtendRound request = CANDOUR__EXTEND_ROUND__INIT;
    const char *name = run->given.arguments[0];
    request.round = cmd_text(name);
    request.dry_run = command_has(&run->given, "dry-run");
    if (cmd_desk(run, true) != 0 || cmd_time(run, "close", run->hello->time, &request.close) != 0)
        return -1;
    if (!request.dry_run && cmd_confirm(run, name,
                                        "A later close goes into the round's public rules, for good: it can be moved "
                                        "on again, but never back.") != 0)
        return -1;
    Candour__Outcome *reply = cmd_call(run, OPERATION_EXTEND_ROUND, &request.base);
    if (reply == NULL)
        return -1;
    cmd_done(run, &reply->detail);
    link_reply_free(&reply->base);
    return 0;
}
