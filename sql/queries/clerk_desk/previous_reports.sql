SELECT subject, body FROM desk.previous_reports($1::uuid, $2::uuid[])
