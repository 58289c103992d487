SELECT i.is_current, i.added, i.changed, i.unchanged
FROM desk.import_people($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text,
                        $9::boolean, $10::timestamptz, $11::uuid) i
