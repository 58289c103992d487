SELECT r.id, r.state IN ('nominating', 'closed', 'released') OR r.state = 'collecting' AND r.close_at > $2::timestamptz,
       r.collect_from, r.answer_from, r.close_at, r.threshold,
       (SELECT sha256(m.text) FROM desk.manifest m WHERE m.round = r.id AND m.version = 0),
       (SELECT count(*) FROM desk.outbox o JOIN desk.person p ON p.id = o.person
        WHERE o.round = r.id AND o.state = 'waiting' AND o.kind = desk.letter_kind(r.state)
          AND (p.paper OR NOT $3::boolean))::integer,
       CASE desk.letter_kind(r.state) WHEN 'nomination' THEN 1 WHEN 'reading' THEN 2 ELSE 0 END
FROM desk.round r WHERE r.name = $1::text
