SELECT level, text FROM desk.questionnaire WHERE round = $1::uuid ORDER BY level
