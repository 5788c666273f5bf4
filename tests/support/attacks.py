"""What people may type so that it becomes more than text: each would set ``window.ran``."""

from __future__ import annotations

ATTACKS = (
    "<script>window.ran = 1</script>",
    "</script><script>window.ran = 2</script>",
    "<!-- <script>",
    "--></main></body><iframe src='javascript:parent.ran = 3'></iframe>",
    '<img src="x" onerror="window.ran = 4">',
    '" onmouseover="window.ran = 5" autofocus onfocus="window.ran = 5',
    "' style='position:fixed' x='",
    "<style>* { display: none }</style>",
    "<meta http-equiv='refresh' content='0;url=http://127.0.0.1:9/'>",
    "&lt;b&gt; &amp; &#0; <svg onload=window.ran=6>",
    "{{constructor.constructor('window.ran = 7')()}} ${window.ran = 8}",
)
