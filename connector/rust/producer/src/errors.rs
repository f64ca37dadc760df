//! What a broker's answer to a batch means (the protocol guide's table of error codes).

/// What to do with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is stored, now or by an earlier try.
    Stored,
    /// Try again; the leader may be another one by now.
    Again {
        /// The batch may be stored although it is refused.
        maybe_stored: bool,
    },
    /// The broker does not know the producer any more: again under a new identity.
    AgainAsNew,
    /// Try with fewer records.
    TooLarge,
    Refused,
}

pub fn verdict(code: i16) -> Verdict {
    match code {
        0 | 46 => Verdict::Stored,
        // OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID, INVALID_PRODUCER_ID_MAPPING.
        45 | 47 | 59 | 49 => Verdict::AgainAsNew,
        // MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE.
        10 | 18 => Verdict::TooLarge,
        // REQUEST_TIMED_OUT, NOT_ENOUGH_REPLICAS_AFTER_APPEND, UNKNOWN_SERVER_ERROR is not retriable.
        7 | 20 => Verdict::Again { maybe_stored: true },
        code if retriable(code) => Verdict::Again { maybe_stored: false },
        _ => Verdict::Refused,
    }
}

/// Whether the same request may succeed later.
pub fn retriable(code: i16) -> bool {
    matches!(
        code,
        // CORRUPT_MESSAGE, UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER, REQUEST_TIMED_OUT,
        // REPLICA_NOT_AVAILABLE, NETWORK_EXCEPTION, the coordinator's three, NOT_ENOUGH_REPLICAS (two), NOT_CONTROLLER,
        // CONCURRENT_TRANSACTIONS, KAFKA_STORAGE_ERROR, LISTENER_NOT_FOUND, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH,
        // OFFSET_NOT_AVAILABLE, ELIGIBLE_LEADERS_NOT_AVAILABLE, THROTTLING_QUOTA_EXCEEDED, UNKNOWN_TOPIC_ID.
        2 | 3 | 5 | 6 | 7 | 9 | 13 | 14 | 15 | 16 | 19 | 20 | 41 | 51 | 56 | 72 | 74 | 75 | 78 | 83 | 89 | 100
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_leader_has_already_is_stored() {
        assert_eq!(verdict(0), Verdict::Stored);
        assert_eq!(verdict(46), Verdict::Stored);
    }

    #[test]
    fn a_moved_leader_is_tried_again_and_a_lack_of_rights_is_not() {
        assert_eq!(verdict(6), Verdict::Again { maybe_stored: false });
        assert_eq!(verdict(7), Verdict::Again { maybe_stored: true });
        assert_eq!(verdict(29), Verdict::Refused);
        assert_eq!(verdict(-1), Verdict::Refused);
        assert_eq!(verdict(59), Verdict::AgainAsNew);
    }
}
