import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.runtime.distributed.IncrementalCooperativeAssignor;
import org.apache.kafka.connect.runtime.distributed.WorkerCoordinator.ConnectorsAndTasks;
import org.apache.kafka.connect.storage.ClusterConfigState;
import org.apache.kafka.connect.util.ConnectorTaskId;

/**
 * Kafka Connect's own incremental assignor, one request a line.
 *
 * {"op":"new","max_delay":ms} begins a leader's life; {"op":"round","now":ms,"config":{connector:tasks},"last":generation,
 * "generation":generation,"members":{member:work}} answers {"new":{member:work},"revoked":{member:work},"delay":ms}, where
 * work is {"connectors":[name],"tasks":[[name,index]]}.
 */
public class Assignors {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static long now;

    public static void main(String[] arguments) throws Exception {
        Time time = (Time) Proxy.newProxyInstance(Time.class.getClassLoader(), new Class<?>[] {Time.class},
            (proxy, method, given) -> method.getName().equals("nanoseconds") ? now * 1_000_000 : now);
        Method perform = IncrementalCooperativeAssignor.class.getDeclaredMethod(
            "performTaskAssignment", ClusterConfigState.class, int.class, int.class, Map.class);
        perform.setAccessible(true);
        IncrementalCooperativeAssignor assignor = null;
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            JsonNode request = JSON.readTree(line);
            ObjectNode answer = JSON.createObjectNode();
            if (request.get("op").asText().equals("new")) {
                assignor = new IncrementalCooperativeAssignor(new LogContext(), time, request.get("max_delay").asInt());
            } else {
                now = request.get("now").asLong();
                Map<String, ConnectorsAndTasks> members = new LinkedHashMap<>();
                request.get("members").fields().forEachRemaining(each -> members.put(each.getKey(), work(each.getValue())));
                Object assignment = perform.invoke(assignor, config(request.get("config")), request.get("last").asInt(),
                    request.get("generation").asInt(), members);
                write(answer.putObject("new"), assignment, "newlyAssigned");
                write(answer.putObject("revoked"), assignment, "newlyRevoked");
                answer.put("delay", delay(assignor));
            }
            System.out.println(JSON.writeValueAsString(answer));
            System.out.flush();
        }
    }

    private static int delay(IncrementalCooperativeAssignor assignor) throws Exception {
        var field = IncrementalCooperativeAssignor.class.getDeclaredField("delay");
        field.setAccessible(true);
        return field.getInt(assignor);
    }

    private static ClusterConfigState config(JsonNode connectors) {
        Map<String, Integer> counts = new TreeMap<>();
        Map<String, Map<String, String>> configs = new TreeMap<>();
        connectors.fields().forEachRemaining(each -> {
            counts.put(each.getKey(), each.getValue().asInt());
            configs.put(each.getKey(), new HashMap<>());
        });
        return new ClusterConfigState(1, null, counts, configs, new HashMap<>(), new HashMap<>(), new HashMap<>(),
            new HashMap<>(), new HashMap<>(), new HashSet<>(), new HashSet<>());
    }

    private static ConnectorsAndTasks work(JsonNode given) {
        List<String> connectors = new ArrayList<>();
        List<ConnectorTaskId> tasks = new ArrayList<>();
        given.get("connectors").forEach(each -> connectors.add(each.asText()));
        given.get("tasks").forEach(each -> tasks.add(new ConnectorTaskId(each.get(0).asText(), each.get(1).asInt())));
        return new ConnectorsAndTasks.Builder().with(connectors, tasks).build();
    }

    @SuppressWarnings("unchecked")
    private static void write(ObjectNode members, Object assignment, String kind) throws Exception {
        Map<String, Collection<String>> connectors =
            (Map<String, Collection<String>>) call(assignment, kind + "Connectors");
        connectors.forEach((member, names) -> {
            ArrayNode list = of(members, member).withArray("connectors");
            names.forEach(list::add);
        });
        Map<String, Collection<ConnectorTaskId>> tasks =
            (Map<String, Collection<ConnectorTaskId>>) call(assignment, kind + "Tasks");
        tasks.forEach((member, ids) -> {
            ArrayNode list = of(members, member).withArray("tasks");
            ids.forEach(id -> list.addArray().add(id.connector()).add(id.task()));
        });
    }

    private static ObjectNode of(ObjectNode members, String member) {
        return members.has(member) ? (ObjectNode) members.get(member) : members.putObject(member);
    }

    private static Object call(Object assignment, String name) throws Exception {
        Method method = assignment.getClass().getMethod(name);
        method.setAccessible(true);
        return method.invoke(assignment);
    }
}
