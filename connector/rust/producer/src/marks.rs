//! Which records are acknowledged, told by spans: the records between two marks.

use std::collections::VecDeque;

/// Counts of records under way, a span each; the oldest spans leave when they are done.
#[derive(Debug)]
pub struct Marks {
    under_way: VecDeque<usize>,
    /// The number of the first span in `under_way`.
    first: u64,
}

impl Default for Marks {
    fn default() -> Self {
        Self { under_way: VecDeque::from([0]), first: 0 }
    }
}

impl Marks {
    /// The span that records belong to which are sent now.
    pub fn span(&self) -> u64 {
        self.first + u64::try_from(self.under_way.len()).unwrap_or(0) - 1
    }

    pub fn sent(&mut self, span: u64, records: usize) {
        if let Some(count) = self.count(span) {
            *count += records;
        }
    }

    pub fn acknowledged(&mut self, span: u64, records: usize) {
        if let Some(count) = self.count(span) {
            *count = count.saturating_sub(records);
        }
        while self.under_way.len() > 1 && self.under_way.front() == Some(&0) {
            self.under_way.pop_front();
            self.first += 1;
        }
    }

    /// Ends the span; answers the number of the next one.
    pub fn mark(&mut self) -> u64 {
        if self.under_way.back() != Some(&0) {
            self.under_way.push_back(0);
        }
        self.span()
    }

    /// Whether all records that were sent before a mark are acknowledged.
    pub fn reached(&self, mark: u64) -> bool {
        let spans = usize::try_from(mark.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.under_way.iter().take(spans).all(|count| *count == 0)
    }

    fn count(&mut self, span: u64) -> Option<&mut usize> {
        self.under_way.get_mut(usize::try_from(span.checked_sub(self.first)?).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_covers_what_was_sent_before_it_alone() {
        let mut marks = Marks::default();
        let span = marks.span();
        marks.sent(span, 2);
        let mark = marks.mark();
        let later = marks.span();
        marks.sent(later, 1);
        marks.acknowledged(span, 1);
        assert!(!marks.reached(mark));
        marks.acknowledged(span, 1);
        assert!(marks.reached(mark));
        let last = marks.mark();
        assert!(!marks.reached(last));
        marks.acknowledged(later, 1);
        assert!(marks.reached(last));
    }

    #[test]
    fn an_older_span_holds_a_later_mark_back() {
        let mut marks = Marks::default();
        let old = marks.span();
        marks.sent(old, 1);
        marks.mark();
        let new = marks.span();
        marks.sent(new, 1);
        let mark = marks.mark();
        marks.acknowledged(new, 1);
        assert!(!marks.reached(mark));
        marks.acknowledged(old, 1);
        assert!(marks.reached(mark));
    }

    #[test]
    fn marks_without_records_cost_nothing() {
        let mut marks = Marks::default();
        let mark = (0..1000).map(|_| marks.mark()).last();
        assert_eq!(mark, Some(0));
        assert!(marks.reached(0));
        let span = marks.span();
        marks.sent(span, 1);
        let marked: Vec<u64> = (0..10).map(|_| marks.mark()).collect();
        assert_eq!(marked, [1; 10]);
        assert_eq!(marks.under_way.len(), 2);
        assert!(!marks.reached(1));
    }
}
