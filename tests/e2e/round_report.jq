# A report as round_figures.awk prints it: a line for each figure, comment and source.
def tenths: . * 10 | round;
def figure:
    if . == null then "null"
    elif .value == null then .kind
    else "\(.kind) \(.value | tenths) \(.ballots)" + if has("low") then " \(.low | tenths) \(.high | tenths)" else "" end
    end;
def sources: .sources | to_entries[] | "\(.key) \(.value | figure)";
def all: "colleagues \(.colleagues | figure)";
[
    (.sources | to_entries[] | "source \(.key) \(.value.groups | join("+")) \(.value.invited) \(.value.ballots)"),
    (.items | to_entries[] | "item \(.key + 1) " as $name | .value | $name + (
        sources, all, "self \(.self) \(.self_not_seen)", "manager \(.manager | figure)")),
    (.items | to_entries[] | (.key + 1) as $item | .value.bands[] |
        "bands \($item) \(.source) \(.kind)" + if .kind == "counts" then " \(.lower) \(.upper)" else "" end),
    (.competencies | to_entries[] | "competency \(.key + 1) " as $name | .value | $name + (
        sources, all, "self \(.self | figure)", "manager \(.manager | figure)")),
    "comments_hidden \(.comments_hidden)",
    (.comments | to_entries[] | (.key + 1) as $question | .value.comments[] | "comment \($question) \(.source) \(.text)")
][] | $leader + "\t" + .
