SELECT r.threshold, r.state IN ('draft', 'nominating'), r.state = 'nominating',
       (SELECT count(*) FROM desk.outbox o WHERE o.round = r.id AND o.state = 'waiting' AND o.kind = desk.letter_kind(r.state))::integer,
       r.least[2], r.least[3], r.least[4], r.least[5], r.most[2], r.most[3], r.most[4], r.most[5]
FROM desk.round r WHERE r.name = $1::text
