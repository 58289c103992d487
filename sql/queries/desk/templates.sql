SELECT t.kind, t.subject, t.body FROM desk.template t WHERE t.language = $1::text
