//! What is known of brokers and topics.

use crate::endpoint::Endpoint;
use crate::errors::retriable;
use crate::queue::Queue;
use kafka_protocol::messages::MetadataResponse;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So long a topic that nobody knows is waited for; Java's producer has `max.block.ms` for it.
const MISSING_MAX: Duration = Duration::from_secs(60);
const UNKNOWN_TOPIC: i16 = 3;

#[derive(Debug)]
pub struct Topic {
    /// Numbers of its partitions in the queue, by partition. The first one takes all records until brokers have told how
    /// many there are.
    pub partitions: Arc<[usize]>,
    pub known: bool,
    /// Since when brokers have not known it, or had no leader for a part of it.
    unsettled: Option<Instant>,
}

#[derive(Debug, Default)]
pub struct Cluster {
    pub topics: HashMap<String, Topic>,
    pub brokers: HashMap<i32, Endpoint>,
}

impl Cluster {
    /// A topic that records are sent to; brokers are asked for one that is new.
    pub fn topic(&mut self, name: &str, queue: &mut Queue) -> &Topic {
        if !self.topics.contains_key(name) {
            let first = queue.add_partition(name.into(), 0, None);
            let topic = Topic { partitions: [first].into(), known: false, unsettled: None };
            self.topics.insert(name.to_string(), topic);
        }
        // It is there by now.
        #[allow(clippy::indexing_slicing)]
        &self.topics[name]
    }

    /// Whether brokers have to be asked again soon.
    pub fn unsettled(&self) -> bool {
        self.topics.values().any(|topic| topic.unsettled.is_some() || !topic.known)
    }

    /// Takes in what a broker told; answers topics that are given up.
    pub fn learn(
        &mut self,
        answer: &MetadataResponse,
        queue: &mut Queue,
        batch_bytes: usize,
        now: Instant,
    ) -> Vec<(String, i16)> {
        self.brokers = answer
            .brokers
            .iter()
            .filter_map(|broker| {
                let endpoint = Endpoint { host: broker.host.to_string(), port: u16::try_from(broker.port).ok()? };
                Some((broker.node_id.0, endpoint))
            })
            .collect();
        let mut lost = Vec::new();
        for told in &answer.topics {
            let Some(name) = told.name.as_ref().map(|name| name.0.to_string()) else {
                continue;
            };
            let Some(topic) = self.topics.get_mut(&name) else {
                continue;
            };
            let mut settled = told.error_code == 0;
            let mut leaders: Vec<(i32, Option<i32>)> = told
                .partitions
                .iter()
                .map(|partition| (partition.partition_index, Some(partition.leader_id.0).filter(|leader| *leader >= 0)))
                .collect();
            leaders.sort_unstable();
            // Brokers number partitions from 0 without a gap.
            let mut partitions = topic.partitions.to_vec();
            for (number, leader) in leaders {
                settled &= leader.is_some();
                match partitions.get(usize::try_from(number).unwrap_or(usize::MAX)) {
                    Some(place) => {
                        if let Some(place) = queue.partitions.get_mut(*place) {
                            place.leader = leader;
                        }
                    }
                    None => partitions.push(queue.add_partition(name.as_str().into(), number, leader)),
                }
            }
            if partitions.len() > topic.partitions.len() {
                topic.partitions = partitions.into();
            }
            if !topic.known && !told.partitions.is_empty() {
                topic.known = true;
                queue.spread(&topic.partitions, batch_bytes);
            }
            if settled {
                topic.unsettled = None;
                continue;
            }
            let since = *topic.unsettled.get_or_insert(now);
            let patient = now.duration_since(since) < MISSING_MAX;
            if told.error_code != 0 && !(retriable(told.error_code) && patient) {
                // Whoever sends to it once more begins anew.
                topic.unsettled = None;
                if !topic.known {
                    self.topics.remove(&name);
                }
                lost.push((name, told.error_code));
            }
        }
        lost
    }

    /// Brokers that lead a partition of ours.
    pub fn leaders(&self, queue: &Queue) -> Vec<i32> {
        let mut leaders: Vec<i32> = queue.partitions.iter().filter_map(|partition| partition.leader).collect();
        leaders.sort_unstable();
        leaders.dedup();
        leaders
    }
}

/// The error that a topic is given up with, as records of it are told.
pub fn code_of(error: i16) -> i32 {
    if retriable(error) {
        i32::from(UNKNOWN_TOPIC)
    } else {
        i32::from(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_protocol::messages::metadata_response::{
        MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
    };
    use kafka_protocol::messages::{BrokerId, TopicName};
    use kafka_protocol::protocol::StrBytes;

    fn answer(error: i16, leaders: &[i32]) -> MetadataResponse {
        let partitions = leaders.iter().zip(0..).map(|(leader, number)| {
            MetadataResponsePartition::default().with_partition_index(number).with_leader_id(BrokerId(*leader))
        });
        let topic = MetadataResponseTopic::default()
            .with_name(Some(TopicName(StrBytes::from_static_str("t"))))
            .with_error_code(error)
            .with_partitions(partitions.collect());
        let broker = MetadataResponseBroker::default()
            .with_node_id(BrokerId(4))
            .with_host(StrBytes::from_static_str("h"))
            .with_port(9092);
        MetadataResponse::default().with_brokers(vec![broker]).with_topics(vec![topic])
    }

    #[test]
    fn partitions_keep_their_numbers_when_leaders_move_and_partitions_are_added() {
        let (mut cluster, mut queue) = (Cluster::default(), Queue::default());
        cluster.topic("t", &mut queue);
        assert!(cluster.unsettled());
        cluster.learn(&answer(0, &[4]), &mut queue, 1000, Instant::now());
        assert!(!cluster.unsettled());
        cluster.learn(&answer(0, &[5, 4]), &mut queue, 1000, Instant::now());
        assert_eq!(cluster.topics.get("t").map(|topic| topic.partitions.to_vec()), Some(vec![0, 1]));
        assert_eq!(cluster.leaders(&queue), [4, 5]);
        assert_eq!(cluster.brokers.get(&4).map(ToString::to_string), Some("h:9092".to_string()));
    }

    #[test]
    fn a_missing_topic_is_waited_for_and_then_given_up() {
        let (mut cluster, mut queue) = (Cluster::default(), Queue::default());
        cluster.topic("t", &mut queue);
        let begun = Instant::now();
        assert!(cluster.learn(&answer(3, &[]), &mut queue, 1000, begun).is_empty());
        assert!(cluster.unsettled());
        let lost = cluster.learn(&answer(5, &[]), &mut queue, 1000, begun + MISSING_MAX);
        assert_eq!(lost, [("t".to_string(), 5)]);
        assert_eq!(code_of(5), 3);
    }

    #[test]
    fn a_topic_without_rights_is_given_up_at_once() {
        let (mut cluster, mut queue) = (Cluster::default(), Queue::default());
        cluster.topic("t", &mut queue);
        assert_eq!(cluster.learn(&answer(29, &[]), &mut queue, 1000, Instant::now()), [("t".to_string(), 29)]);
        assert!(!cluster.unsettled());
    }

    #[test]
    fn a_partition_without_a_leader_is_asked_for_again() {
        let (mut cluster, mut queue) = (Cluster::default(), Queue::default());
        cluster.topic("t", &mut queue);
        cluster.learn(&answer(0, &[-1]), &mut queue, 1000, Instant::now());
        assert!(cluster.unsettled());
        assert!(cluster.leaders(&queue).is_empty());
    }
}
