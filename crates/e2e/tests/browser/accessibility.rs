//! Checks a page with axe-core for WCAG 2.2 AA, in a light and in a dark theme.

use std::{
    env, fs,
    io::{self, Write},
    sync::OnceLock,
};

use serde_json::{Value, json};

use crate::chromium::Window;

/// Level A and AA of each edition, and what axe-core's authors advise beyond.
const TAGS: &str = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']";

/// The source of axe-core, from the file that AXE_CORE names; where CI is set there must be one.
fn axe() -> Option<&'static str> {
    static SOURCE: OnceLock<Option<String>> = OnceLock::new();
    let read = || {
        let path = env::var_os("AXE_CORE");
        if path.is_none() {
            assert!(env::var_os("CI").is_none(), "CI names axe.min.js of axe-core by AXE_CORE");
            let _ =
                writeln!(io::stderr(), "skipped: AXE_CORE names no axe.min.js, so no page was examined by axe-core");
        }
        path.map(|path| fs::read_to_string(path).expect("axe.min.js"))
    };
    SOURCE.get_or_init(read).as_deref()
}

/// Panics if axe-core finds anything on the page as it is, in either theme.
pub(crate) fn examine(window: &Window, page: &str) {
    let Some(axe) = axe() else { return };
    for theme in ["light", "dark"] {
        window.prefer("prefers-color-scheme", theme);
        // Colours that are on their way to others are neither; what turns for ever has no end to wait for.
        window.ask(
            "await Promise.all(document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity)\
             .map((one) => one.finished.catch(() => {})))",
        );
        window.ask(&format!("(typeof axe === 'undefined' && (0, eval)({}), '')", Value::from(axe)));
        let found = window.ask(&format!(
            "await axe.run(document, {{ runOnly: {TAGS}, resultTypes: ['violations'] }}).then((found) => JSON.stringify(\
             found.violations.map((rule) => [rule.id, rule.nodes.map((node) => node.target.join(' ') + ': ' + node.failureSummary)])))"
        ));
        let found: Value = serde_json::from_str(&found).expect("axe-core's findings");
        assert_eq!(found, json!([]), "{page}, {theme}");
    }
    window.prefer("prefers-color-scheme", "light");
}
