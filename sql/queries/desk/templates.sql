SELECT t.kind, t.subject, t.body FROM desk.template t
