package org.example;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceConnector;

/** What tests/connectors/counter.py is for our workers. */
public class CounterConnector extends SourceConnector {
    private Map<String, String> config;

    @Override
    public String version() {
        return "1.2.3";
    }

    @Override
    public ConfigDef config() {
        return new ConfigDef()
            .define("topic", ConfigDef.Type.STRING, ConfigDef.NO_DEFAULT_VALUE, ConfigDef.Importance.HIGH, "Where to.",
                "Counter", 1, ConfigDef.Width.NONE, "topic")
            .define("count", ConfigDef.Type.LONG, 10L, ConfigDef.Range.atLeast(0), ConfigDef.Importance.MEDIUM, "How far.",
                "Counter", 2, ConfigDef.Width.NONE, "count")
            .define("counter", ConfigDef.Type.STRING, "c", ConfigDef.Importance.MEDIUM, "Name of the source partition.")
            .define("password", ConfigDef.Type.PASSWORD, null, ConfigDef.Importance.MEDIUM, "Not used.");
    }

    @Override
    public void start(Map<String, String> given) {
        if ("true".equals(given.get("fail.connector"))) {
            throw new ConnectException("fail.connector is true.");
        }
        config = given;
    }

    @Override
    public Class<? extends Task> taskClass() {
        return CounterTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        int tasks = Math.min(maxTasks, Integer.parseInt(config.getOrDefault("tasks", "1")));
        String counter = config.getOrDefault("counter", "c");
        List<Map<String, String>> configs = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
            Map<String, String> task = new HashMap<>();
            task.put("count", "10");
            task.putAll(config);
            task.put("counter", counter + (i == 0 ? "" : String.valueOf(i)));
            configs.add(task);
        }
        return configs;
    }

    @Override
    public boolean alterOffsets(Map<String, String> given, Map<Map<String, ?>, Map<String, ?>> offsets) {
        return true;
    }

    @Override
    public void stop() {
    }
}
