package org.example;

import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

public class CounterTask extends SourceTask {
    private Map<String, String> config;
    private Map<String, String> partition;
    private long next;

    @Override
    public String version() {
        return "1.2.3";
    }

    @Override
    public void start(Map<String, String> given) {
        if ("true".equals(given.get("fail.start"))) {
            throw new ConnectException("fail.start is true.");
        }
        config = given;
        partition = Map.of("counter", config.get("counter"));
        Map<String, Object> stored = context.offsetStorageReader().offset(partition);
        next = stored == null ? 1 : ((Number) stored.get("position")).longValue() + 1;
    }

    @Override
    public List<SourceRecord> poll() throws InterruptedException {
        if (next > Long.parseLong(config.get("count"))) {
            Thread.sleep(100);
            return null;
        }
        Map<String, Long> offset = Map.of("position", next);
        return List.of(new SourceRecord(partition, offset, config.get("topic"), Schema.STRING_SCHEMA, String.valueOf(next++)));
    }

    @Override
    public void stop() {
    }
}
