SELECT i.version, i.is_new
FROM desk.import_framework($1::text, $2::text[], $3::text[], $4::bytea, $5::text[], $6::integer[], $7::text[],
                           $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::boolean,
                           $14::timestamptz, $15::uuid) i
