//! What bars and heatmaps are made of. Shades say what colours would say too.

use opensession_engine::bar_length;

/// What bars and heatmaps are made of.
#[derive(Clone, Copy)]
pub(super) struct Symbols {
    /// Of a day, from nothing to much.
    pub levels: [char; 5],
    /// Parts of a bar's unit, from the least to the whole.
    parts: &'static [char],
}

impl Symbols {
    /// Returns those for a locale.
    pub(super) const fn of(is_utf8: bool) -> Self {
        if is_utf8 {
            let parts = &['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
            Self { levels: ['·', '░', '▒', '▓', '█'], parts }
        } else {
            Self { levels: ['.', '-', '+', 'x', '#'], parts: &['#'] }
        }
    }

    /// Returns a bar for `value`, of `width` columns where it is `most`.
    pub(super) fn bar(&self, value: u64, most: u64, width: usize) -> String {
        let steps = self.parts.len();
        let length = bar_length(value, most, width * steps);
        let whole = self.parts.last().into_iter().cycle().take(length / steps);
        let rest = (length % steps).checked_sub(1).and_then(|rest| self.parts.get(rest));
        whole.chain(rest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_end_in_eighths_or_whole_signs() {
        let bars =
            |is_utf8| [0, 1, 30, 55, 100].map(|value| Symbols::of(is_utf8).bar(value, 100, 5));
        assert_eq!(bars(true), ["", "▏", "█▌", "██▊", "█████"]);
        assert_eq!(bars(false), ["", "#", "#", "##", "#####"]);
    }
}
