// Runs the original transforms and predicates over records: one JSON request a line in, one JSON answer a line out.
//
// {"op": "transform"|"predicate", "class", "config", "records": [...]}  ->  {"error"} or {"outcomes": [...]}
// {"op": "definition"|"validate", "class", "config"}                    ->  {"keys": [...]} or {"values": [...]}
// {"op": "installed"}                                                   ->  {"classes": [...]}
//
// The forms of schemas and values are described in wire.py.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;

public class Transforms {
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // whatever a class prints must not come between the answers
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            ObjectNode answer;
            try {
                answer = answer(JSON.readTree(line));
            } catch (Exception e) {
                StringWriter trace = new StringWriter();
                e.printStackTrace(new PrintWriter(trace));
                answer = NODES.objectNode().put("failure", trace.toString());
            }
            answers.println(JSON.writeValueAsString(answer));
        }
    }

    private static ObjectNode answer(JsonNode request) throws Exception {
        if (request.get("op").textValue().equals("installed")) {
            return installed();
        }
        Map<String, String> config = new HashMap<>();
        request.path("config").fields().forEachRemaining(e -> config.put(e.getKey(), text(e.getValue())));
        Object plugin = Class.forName(request.get("class").textValue()).getDeclaredConstructor().newInstance();
        switch (request.get("op").textValue()) {
            case "transform":
                return transform(plugin, config, request.get("records"));
            case "predicate":
                return predicate(plugin, config, request.get("records"));
            case "definition":
                return definition(definitionOf(plugin));
            default:
                return validate(definitionOf(plugin), config);
        }
    }

    @SuppressWarnings("unchecked")
    private static ObjectNode transform(Object plugin, Map<String, String> config, JsonNode records) {
        Transformation<SourceRecord> transformation = (Transformation<SourceRecord>) plugin;
        ObjectNode answer = NODES.objectNode();
        try {
            transformation.configure(config);
        } catch (Exception e) {
            return answer.set("error", error(e));
        }
        ArrayNode outcomes = answer.putArray("outcomes");
        for (JsonNode node : records) {
            ObjectNode outcome = outcomes.addObject();
            SourceRecord record = record(node);
            try {
                SourceRecord result = transformation.apply(record);
                outcome.set("record", result == null ? null : print(result));
            } catch (Exception e) {
                outcome.set("error", error(e));
            }
        }
        transformation.close();
        return answer;
    }

    @SuppressWarnings("unchecked")
    private static ObjectNode predicate(Object plugin, Map<String, String> config, JsonNode records) {
        Predicate<SourceRecord> predicate = (Predicate<SourceRecord>) plugin;
        ObjectNode answer = NODES.objectNode();
        try {
            predicate.configure(config);
        } catch (Exception e) {
            return answer.set("error", error(e));
        }
        ArrayNode outcomes = answer.putArray("outcomes");
        for (JsonNode node : records) {
            ObjectNode outcome = outcomes.addObject();
            try {
                outcome.put("test", predicate.test(record(node)));
            } catch (Exception e) {
                outcome.set("error", error(e));
            }
        }
        predicate.close();
        return answer;
    }

    private static ObjectNode installed() {
        ObjectNode answer = NODES.objectNode();
        ArrayNode classes = answer.putArray("classes");
        ServiceLoader.load(Transformation.class).stream().forEach(each -> classes.add(each.type().getName()));
        ServiceLoader.load(Predicate.class).stream().forEach(each -> classes.add(each.type().getName()));
        return answer;
    }

    private static ConfigDef definitionOf(Object plugin) {
        return plugin instanceof Transformation ? ((Transformation<?>) plugin).config() : ((Predicate<?>) plugin).config();
    }

    private static ObjectNode definition(ConfigDef definition) {
        ObjectNode answer = NODES.objectNode();
        ArrayNode keys = answer.putArray("keys");
        for (ConfigDef.ConfigKey key : definition.configKeys().values()) {
            ObjectNode node = keys.addObject();
            node.put("name", key.name).put("type", key.type.name()).put("required", !key.hasDefault());
            node.put("default", key.hasDefault() ? ConfigDef.convertToString(key.defaultValue, key.type) : null);
            node.put("importance", key.importance.name()).put("group", key.group).put("order", key.orderInGroup);
            node.put("width", key.width.name()).put("display_name", key.displayName);
            ArrayNode dependents = node.putArray("dependents");
            key.dependents.forEach(dependents::add);
        }
        return answer;
    }

    private static ObjectNode validate(ConfigDef definition, Map<String, String> config) {
        ObjectNode answer = NODES.objectNode();
        ArrayNode values = answer.putArray("values");
        for (ConfigValue value : definition.validate(config)) {
            ObjectNode node = values.addObject();
            node.put("name", value.name());
            ArrayNode recommended = node.putArray("recommended");
            value.recommendedValues().forEach(each -> recommended.add(String.valueOf(each)));
            ArrayNode errors = node.putArray("errors");
            value.errorMessages().forEach(errors::add);
        }
        return answer;
    }

    private static ObjectNode error(Throwable error) {
        ObjectNode node = NODES.objectNode().put("class", error.getClass().getName()).put("message", error.getMessage());
        if (error.getCause() != null && error.getCause() != error) {
            node.set("cause", error(error.getCause()));
        }
        return node;
    }

    private static SourceRecord record(JsonNode node) {
        Schema keySchema = schema(node.get("key_schema"));
        Schema valueSchema = schema(node.get("value_schema"));
        ConnectHeaders headers = new ConnectHeaders();
        for (JsonNode header : node.path("headers")) {
            Schema schema = schema(header.get("schema"));
            headers.add(text(header.get("name")), value(schema, header.get("value")), schema);
        }
        Integer partition = absent(node.get("partition")) ? null : (Integer) node.get("partition").intValue();
        Long timestamp = absent(node.get("timestamp")) ? null : (Long) node.get("timestamp").longValue();
        return new SourceRecord(Map.of("server", "s"), Map.of("pos", 4L), text(node.get("topic")), partition, keySchema,
            value(keySchema, node.get("key")), valueSchema, value(valueSchema, node.get("value")), timestamp, headers);
    }

    private static ObjectNode print(SourceRecord record) {
        ObjectNode node = NODES.objectNode();
        node.put("topic", record.topic()).put("partition", record.kafkaPartition()).put("timestamp", record.timestamp());
        node.set("key_schema", print(record.keySchema()));
        node.set("key", printValue(record.keySchema(), record.key()));
        node.set("value_schema", print(record.valueSchema()));
        node.set("value", printValue(record.valueSchema(), record.value()));
        ArrayNode headers = node.putArray("headers");
        for (Header header : record.headers()) {
            ObjectNode each = headers.addObject().put("name", header.key());
            each.set("schema", print(header.schema()));
            each.set("value", printValue(header.schema(), header.value()));
        }
        return node;
    }

    private static boolean absent(JsonNode node) {
        return node == null || node.isNull();
    }

    private static String text(JsonNode node) {
        return absent(node) ? null : node.asText();
    }

    private static Schema schema(JsonNode node) {
        if (absent(node)) {
            return null;
        }
        Schema.Type type = Schema.Type.valueOf(node.get("type").textValue());
        SchemaBuilder builder;
        if (type == Schema.Type.ARRAY) {
            builder = SchemaBuilder.array(schema(node.get("items")));
        } else if (type == Schema.Type.MAP) {
            builder = SchemaBuilder.map(schema(node.get("keys")), schema(node.get("items")));
        } else {
            builder = SchemaBuilder.type(type);
        }
        if (node.get("optional").booleanValue()) {
            builder.optional();
        }
        if (!absent(node.get("name"))) {
            builder.name(node.get("name").textValue());
        }
        if (!absent(node.get("version"))) {
            builder.version(node.get("version").intValue());
        }
        if (!absent(node.get("doc"))) {
            builder.doc(node.get("doc").textValue());
        }
        for (JsonNode parameter : node.path("parameters")) {
            builder.parameter(parameter.get(0).textValue(), parameter.get(1).textValue());
        }
        for (JsonNode field : node.path("fields")) {
            builder.field(field.get(0).textValue(), schema(field.get(1)));
        }
        if (!absent(node.get("default"))) {
            builder.defaultValue(value(builder, node.get("default")));
        }
        return builder.build();
    }

    private static ObjectNode print(Schema schema) {
        if (schema == null) {
            return null;
        }
        ObjectNode node = NODES.objectNode().put("type", schema.type().name()).put("optional", schema.isOptional());
        if (schema.name() != null) {
            node.put("name", schema.name());
        }
        if (schema.version() != null) {
            node.put("version", schema.version());
        }
        if (schema.doc() != null) {
            node.put("doc", schema.doc());
        }
        if (schema.parameters() != null && !schema.parameters().isEmpty()) {
            ArrayNode parameters = node.putArray("parameters");
            schema.parameters().forEach((name, value) -> parameters.addArray().add(name).add(value));
        }
        if (schema.type() == Schema.Type.MAP) {
            node.set("keys", print(schema.keySchema()));
        }
        if (schema.type() == Schema.Type.MAP || schema.type() == Schema.Type.ARRAY) {
            node.set("items", print(schema.valueSchema()));
        }
        if (schema.type() == Schema.Type.STRUCT) {
            ArrayNode fields = node.putArray("fields");
            for (Field field : schema.fields()) {
                ArrayNode each = fields.addArray().add(field.name());
                each.add(print(field.schema()));
            }
        }
        if (schema.defaultValue() != null) {
            // The struct of a default belongs to the schema as it was before it got the default.
            boolean isStruct = schema.defaultValue() instanceof Struct;
            Schema own = isStruct ? ((Struct) schema.defaultValue()).schema() : schema;
            node.set("default", printValue(own, schema.defaultValue()));
        }
        return node;
    }

    /** A value of the wire form; integers without a schema are Long, other numbers Double. */
    private static Object value(Schema schema, JsonNode node) {
        if (absent(node)) {
            return null;
        }
        if (node.has("$bytes")) {
            return ByteBuffer.wrap(Base64.getDecoder().decode(node.get("$bytes").textValue()));
        }
        if (node.has("$decimal")) {
            return new BigDecimal(node.get("$decimal").textValue());
        }
        if (node.has("$ms")) {
            return new Date(node.get("$ms").longValue());
        }
        if (node.has("$double")) {
            double number = Double.parseDouble(node.get("$double").textValue());
            return schema != null && schema.type() == Schema.Type.FLOAT32 ? (Object) (float) number : (Object) number;
        }
        if (node.isTextual()) {
            return node.textValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isNumber()) {
            return number(schema, node);
        }
        if (node.isArray()) {
            Schema items = schema == null ? null : schema.valueSchema();
            List<Object> list = new ArrayList<>();
            node.forEach(item -> list.add(value(items, item)));
            return list;
        }
        if (node.has("$struct")) {
            Struct struct = new Struct(schema == null ? schema(node.get("$schema")) : schema);
            for (Field field : struct.schema().fields()) {
                // Nulls of required fields stay, as records of lenient connectors have them.
                Object value = value(field.schema(), node.get("$struct").get(field.name()));
                if (value != null) {
                    struct.put(field, value);
                }
            }
            return struct;
        }
        Map<Object, Object> map = new HashMap<>();
        Schema keys = schema == null ? null : schema.keySchema();
        Schema values = schema == null ? null : schema.valueSchema();
        node.get("$map").forEach(pair -> map.put(value(keys, pair.get(0)), value(values, pair.get(1))));
        return map;
    }

    private static Object number(Schema schema, JsonNode node) {
        if (schema == null) {
            return node.isIntegralNumber() ? (Object) node.longValue() : (Object) node.doubleValue();
        }
        switch (schema.type()) {
            case INT8:
                return (byte) node.intValue();
            case INT16:
                return node.shortValue();
            case INT32:
                return node.intValue();
            case INT64:
                return node.longValue();
            case FLOAT32:
                return (float) node.doubleValue();
            default:
                return node.doubleValue();
        }
    }

    private static JsonNode printValue(Schema schema, Object value) {
        if (value == null) {
            return NODES.nullNode();
        }
        if (value instanceof ByteBuffer) {
            ByteBuffer bytes = ((ByteBuffer) value).duplicate();
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return printValue(schema, copy);
        }
        if (value instanceof byte[]) {
            return NODES.objectNode().put("$bytes", Base64.getEncoder().encodeToString((byte[]) value));
        }
        if (value instanceof BigDecimal) {
            return NODES.objectNode().put("$decimal", value.toString());
        }
        if (value instanceof Date) {
            return NODES.objectNode().put("$ms", ((Date) value).getTime());
        }
        if (value instanceof Float || value instanceof Double) {
            return NODES.objectNode().put("$double", Double.toString(((Number) value).doubleValue()));
        }
        if (value instanceof Number) {
            return NODES.numberNode(((Number) value).longValue());
        }
        if (value instanceof Boolean) {
            return NODES.booleanNode((Boolean) value);
        }
        if (value instanceof List) {
            ArrayNode list = NODES.arrayNode();
            Schema items = schema == null ? null : schema.valueSchema();
            ((List<?>) value).forEach(item -> list.add(printValue(items, item)));
            return list;
        }
        if (value instanceof Map) {
            ObjectNode node = NODES.objectNode();
            ArrayNode pairs = node.putArray("$map");
            Schema items = schema == null ? null : schema.valueSchema();
            ((Map<?, ?>) value).forEach((k, v) -> pairs.addArray().add(printValue(null, k)).add(printValue(items, v)));
            return node;
        }
        if (value instanceof Struct) {
            Struct struct = (Struct) value;
            ObjectNode node = NODES.objectNode();
            ObjectNode fields = node.putObject("$struct");
            for (Field field : struct.schema().fields()) {
                fields.set(field.name(), printValue(field.schema(), struct.getWithoutDefault(field.name())));
            }
            if (!struct.schema().equals(schema)) {
                node.set("$schema", print(struct.schema()));
            }
            return node;
        }
        return NODES.textNode(value.toString());
    }
}
