DELETE FROM desk.no_reminder WHERE round = $1::uuid AND person = $2::uuid
