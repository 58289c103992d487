SELECT desk.take_code_requests()
