import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confluent.connect.avro.AvroConverter;
import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;

/**
 * Reads cases from standard input, one JSON object a line: {"options": {...}, "record": "<JsonConverter's envelope>"}.
 * Writes for each what the real AvroConverter makes of it: {"schema": text, "bytes": hex, "back": envelope}, or
 * {"error": message}; "back" is what it reads from those bytes again.
 */
public class Recorder {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream output = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    JsonConverter json = new JsonConverter();
    json.configure(Map.of("schemas.enable", "true", "replace.null.with.default", "false"), false);
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      output.println(MAPPER.writeValueAsString(answer(MAPPER.readTree(line), json)));
    }
    output.flush();
  }

  private static ObjectNode answer(JsonNode request, JsonConverter json) {
    ObjectNode answer = MAPPER.createObjectNode();
    try {
      MockSchemaRegistryClient registry = new MockSchemaRegistryClient(List.of(new AvroSchemaProvider()));
      Map<String, Object> options = new HashMap<>();
      request.get("options").fields().forEachRemaining(item -> options.put(item.getKey(), item.getValue().asText()));
      options.put("schema.registry.url", "mock://recorder");
      AvroConverter converter = new AvroConverter(registry);
      converter.configure(options, false);
      SchemaAndValue given =
          json.toConnectData("topic", request.get("record").asText().getBytes(StandardCharsets.UTF_8));
      Schema schema = interned(given.schema());
      byte[] bytes = converter.fromConnectData("topic", schema, rebuilt(schema, given.value()));
      if (bytes == null) {
        return answer.putNull("bytes");
      }
      answer.put("schema", registry.getSchemaById(1).canonicalString());
      StringBuilder hex = new StringBuilder();
      for (byte item : bytes) {
        hex.append(String.format("%02x", item));
      }
      answer.put("bytes", hex.toString());
      SchemaAndValue back = converter.toConnectData("topic", bytes);
      answer.put(
          "back", new String(json.fromConnectData("topic", back.schema(), back.value()), StandardCharsets.UTF_8));
    } catch (Exception error) {
      Throwable cause = error;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      answer.put("error", cause.getMessage());
    }
    return answer;
  }

  /** The schema with names that are one object where they are equal, as Debezium's constants are. */
  private static Schema interned(Schema schema) {
    if (schema == null) {
      return null;
    }
    List<Field> fields = null;
    if (schema.type() == Schema.Type.STRUCT) {
      fields = new ArrayList<>();
      for (Field field : schema.fields()) {
        fields.add(new Field(field.name(), field.index(), interned(field.schema())));
      }
    }
    boolean map = schema.type() == Schema.Type.MAP;
    boolean items = map || schema.type() == Schema.Type.ARRAY;
    ConnectSchema bare =
        made(schema, fields, map ? interned(schema.keySchema()) : null, items ? interned(schema.valueSchema()) : null, null);
    Object defaultValue = schema.defaultValue();
    return defaultValue == null
        ? bare
        : made(schema, fields, bare.type() == Schema.Type.MAP ? bare.keySchema() : null,
            items ? bare.valueSchema() : null, rebuilt(bare, defaultValue));
  }

  private static ConnectSchema made(Schema schema, List<Field> fields, Schema key, Schema value, Object defaultValue) {
    String name = schema.name() == null ? null : schema.name().intern();
    return new ConnectSchema(schema.type(), schema.isOptional(), defaultValue, name, schema.version(), schema.doc(),
        schema.parameters(), fields, key, value);
  }

  private static Object rebuilt(Schema schema, Object value) {
    if (schema == null || value == null) {
      return value;
    }
    if (value instanceof Struct) {
      Struct struct = new Struct(schema);
      for (Field field : schema.fields()) {
        struct.put(field, rebuilt(field.schema(), ((Struct) value).getWithoutDefault(field.name())));
      }
      return struct;
    }
    if (value instanceof List) {
      List<Object> list = new ArrayList<>();
      for (Object item : (List<?>) value) {
        list.add(rebuilt(schema.valueSchema(), item));
      }
      return list;
    }
    if (value instanceof Map) {
      Map<Object, Object> map = new LinkedHashMap<>();
      for (Map.Entry<?, ?> item : ((Map<?, ?>) value).entrySet()) {
        map.put(rebuilt(schema.keySchema(), item.getKey()), rebuilt(schema.valueSchema(), item.getValue()));
      }
      return map;
    }
    return value;
  }
}
