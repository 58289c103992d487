SELECT desk.chain_audit()
