import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Writes offsets.dat as FileOffsetBackingStore of Kafka Connect does: java MakeOffsets.java */
public class MakeOffsets {
    public static void main(String[] arguments) throws Exception {
        Map<byte[], byte[]> raw = new HashMap<>();
        byte[] shared = bytes("{\"position\":7}");
        raw.put(bytes("[\"first\",{\"counter\":\"a\"}]"), shared);
        raw.put(bytes("[\"first\",{\"counter\":\"b\"}]"), shared);
        raw.put(bytes("[\"inventory\",{\"server\":\"dbserver1\"}]"),
            bytes("{\"ts_sec\":1700000000,\"file\":\"binlog.000003\",\"pos\":154}"));
        raw.put(bytes("[\"gone\",{\"counter\":\"a\"}]"), null);
        raw.put(null, bytes("{}"));
        for (int i = 0; i < 40; i++) {
            raw.put(bytes("[\"many\",{\"counter\":\"" + i + "\"}]"), bytes("{\"position\":" + i + "}"));
        }
        try (ObjectOutputStream out = new ObjectOutputStream(Files.newOutputStream(Path.of("offsets.dat")))) {
            out.writeObject(raw);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
