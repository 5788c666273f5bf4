"""Read markers only get later, are each one's own, and are bounded."""

from __future__ import annotations

from chatsimples.server.broadcaster.read_markers import ReadMarkers


def test_a_marker_only_gets_later() -> None:
    markers = ReadMarkers()
    assert "" == markers.at("ana", "#x")
    assert markers.move("ana", "#x", "2026-01-02")
    assert not markers.move("ana", "#x", "2026-01-01")
    assert not markers.move("ana", "#x", "2026-01-02")
    assert "2026-01-02" == markers.at("ana", "#x")
    assert ["", ""] == [markers.at("ana", "#y"), markers.at("bia", "#x")]


def test_those_that_were_moved_longest_ago_go_first() -> None:
    markers = ReadMarkers(owners=2, targets=2)
    for target in ("a", "b", "a", "c"):
        markers.move("ana", target, f"2026-0{len(markers)}-{target}")
    markers.move("ana", "a", "2027")
    markers.move("ana", "d", "2027")
    assert ["2027", "", "", "2027"] == [markers.at("ana", target) for target in "abcd"]
    markers.move("bia", "a", "2026")
    markers.move("ana", "a", "2028")
    markers.move("eva", "a", "2026")
    assert (2, "", "2028") == (len(markers), markers.at("bia", "a"), markers.at("ana", "a"))
