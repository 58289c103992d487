-- What the clerk may do on the identified side: read what a round is made of, store what it makes, move a round on. It
-- sees no person but the leaders, by the name that their raters see.
GRANT USAGE ON SCHEMA desk TO candour_clerk_desk;
GRANT SELECT ON desk.round, desk.framework, desk.framework_item, desk.manifest, desk.questionnaire,
    desk.round_key TO candour_clerk_desk;
GRANT SELECT (round, id, level, name) ON desk.subject TO candour_clerk_desk;
GRANT SELECT (round, subject, grp) ON desk.assignment TO candour_clerk_desk;
GRANT UPDATE (state, closing_step, progress_at, close_at, close_asked) ON desk.round TO candour_clerk_desk;
GRANT INSERT ON desk.manifest, desk.questionnaire, desk.audit TO candour_clerk_desk;
GRANT INSERT, DELETE ON desk.round_key TO candour_clerk_desk;
GRANT SELECT, INSERT, UPDATE ON desk.progress TO candour_clerk_desk;
GRANT INSERT ON desk.report TO candour_clerk_desk;
-- ON CONFLICT (round, subject) needs to see the key.
GRANT SELECT (round, subject) ON desk.report TO candour_clerk_desk;
