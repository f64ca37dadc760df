// Runs the original CloudEventsConverter: one JSON request a line in, one JSON answer a line out.
//
// {"options": {...}, "topic", "record": base64 of what JsonConverter wrote}  ->  {"value": base64 or null} or {"failure"}

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.debezium.converters.CloudEventsConverter;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.json.JsonConverter;

public class CloudEvents {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // whatever a class prints must not come between the answers
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                byte[] value = convert(JSON.readTree(line));
                answer.put("value", value == null ? null : Base64.getEncoder().encodeToString(value));
            } catch (Throwable e) {
                answer.put("failure", e.toString());
            }
            answers.println(JSON.writeValueAsString(answer));
        }
    }

    private static byte[] convert(JsonNode request) throws Exception {
        Map<String, String> options = new HashMap<>();
        request.get("options").fields().forEachRemaining(e -> options.put(e.getKey(), e.getValue().textValue()));
        JsonConverter reader = new JsonConverter();
        reader.configure(Map.of("schemas.enable", "true"), false);
        SchemaAndValue record = reader.toConnectData("x", Base64.getDecoder().decode(request.get("record").textValue()));
        CloudEventsConverter converter = new CloudEventsConverter();
        converter.configure(options, false);
        return converter.fromConnectData(request.get("topic").textValue(), record.schema(), record.value());
    }
}
