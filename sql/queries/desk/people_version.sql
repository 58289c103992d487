SELECT desk.people_version()
