"""Colours, type and spacing of Gradio's own widgets; the rest is static/console.css, which shares the variables."""

from __future__ import annotations

from gradio.themes import Base
from gradio.themes.utils import colors, fonts, sizes

CJK = ("PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC")


def theme() -> Base:
    """IBM Plex comes with Gradio, Chinese from the system: no other host is asked for a font."""
    base = Base(
        primary_hue=colors.teal,
        neutral_hue=colors.stone,
        radius_size=sizes.radius_md,
        text_size=sizes.text_md,
        font=(fonts.LocalFont("IBM Plex Sans", (400, 600)), *CJK, "system-ui", "sans-serif"),
        font_mono=(fonts.LocalFont("IBM Plex Mono", (400, 600)), "ui-monospace", "Menlo", "Consolas", *CJK, "monospace"),
    )
    return base.set(**{key: f"var(--e-{name})" for key, name in _VARIABLES.items()}, **_FIXED)


_VARIABLES = {  # Gradio's name: ours, which changes with dark mode by itself
    f"{key}{mode}": name
    for key, name in {
        "body_background_fill": "ground",
        "body_text_color": "ink",
        "body_text_color_subdued": "soft",
        "background_fill_primary": "card",
        "background_fill_secondary": "ground",
        "border_color_primary": "line",
        "border_color_accent": "accent",
        "color_accent_soft": "tint",
        "block_background_fill": "card",
        "block_border_color": "line",
        "block_label_background_fill": "card",
        "block_label_text_color": "soft",
        "block_title_text_color": "soft",
        "input_background_fill": "card",
        "input_background_fill_focus": "card",
        "input_border_color": "line",
        "input_border_color_focus": "accent",
        "input_placeholder_color": "soft",
        "checkbox_background_color": "card",
        "checkbox_background_color_selected": "accent",
        "checkbox_border_color": "edge",
        "checkbox_border_color_selected": "accent",
        "button_primary_background_fill": "accent",
        "button_primary_background_fill_hover": "accent-strong",
        "button_primary_text_color": "on-accent",
        "button_secondary_background_fill": "card",
        "button_secondary_background_fill_hover": "tint",
        "button_secondary_border_color": "line",
        "button_secondary_text_color": "ink",
        "code_background_fill": "ground",
        "link_text_color": "accent",
    }.items()
    for mode in ("", "_dark")
}
_FIXED = {
    "block_radius": "12px",
    "block_shadow": "none",
    "block_label_shadow": "none",
    "block_title_text_weight": "600",
    "block_title_text_size": "*text_sm",
    "button_large_text_weight": "600",
    "button_primary_shadow": "none",
    "button_secondary_shadow": "none",
    "input_shadow": "none",
    "input_shadow_focus": "0 0 0 3px var(--e-tint)",
}
