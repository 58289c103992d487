#!/usr/bin/env bash
# Whose is a ballot? One round of tests/attack; `make check-attack` plays all of them.
ATTACK_ROUNDS=${ATTACK_ROUNDS:-1} exec "$(dirname "$CANDOURD")/tests/attack/attack"
