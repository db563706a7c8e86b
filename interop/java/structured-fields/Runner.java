import com.google.gson.Gson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.greenbytes.http.sfv.ParseException;
import org.greenbytes.http.sfv.Parser;
import org.greenbytes.http.sfv.Type;

/** Answers the vectors of structured fields with org.greenbytes.http:structured-fields. */
final class Runner {
  private static final Gson GSON = new Gson();

  private record Test(String id, StructuredField structuredField, Expect expect) {}

  private record StructuredField(List<String> raw, String type, String member, String canonical) {}

  private record Expect(String result) {}

  private record Answer(String id, String result, String reason) {}

  private Runner() {}

  public static void main(String[] arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    in.readLine(); // the keys
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(GSON.toJson(answer(GSON.fromJson(line, Test.class))));
    }
  }

  private static Answer answer(Test test) {
    StructuredField field = test.structuredField();
    try {
      String serialized = serialize(field);
      boolean isOther =
          test.expect().result().equals("accept") && !serialized.equals(field.canonical());
      if (isOther) return new Answer(test.id(), "reject", "it is " + serialized);
      return new Answer(test.id(), "accept", null);
    } catch (ParseException refusal) {
      return new Answer(test.id(), "reject", refusal.getMessage());
    }
  }

  private static String serialize(StructuredField field) {
    Parser parser = new Parser(field.raw());
    Type<?> value =
        switch (field.type()) {
          case "item" -> parser.parseItem();
          case "list" -> parser.parseList();
          case "dictionary" -> {
            var dictionary = parser.parseDictionary();
            yield field.member() == null ? dictionary : dictionary.get().get(field.member());
          }
          default -> throw new IllegalStateException("no type " + field.type());
        };
    return value.serialize();
  }
}
