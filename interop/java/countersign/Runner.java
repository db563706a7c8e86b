package countersign;

import countersign.Countersign.Algorithm;
import countersign.Countersign.BareItem;
import countersign.Countersign.Builder;
import countersign.Countersign.Code;
import countersign.Countersign.ControlData;
import countersign.Countersign.Duplicates;
import countersign.Countersign.Field;
import countersign.Countersign.FieldType;
import countersign.Countersign.Fields;
import countersign.Countersign.InnerList;
import countersign.Countersign.Item;
import countersign.Countersign.Key;
import countersign.Countersign.MemoryStore;
import countersign.Countersign.Message;
import countersign.Countersign.Origin;
import countersign.Countersign.RefusedException;
import countersign.Countersign.Request;
import countersign.Countersign.RequestLine;
import countersign.Countersign.SfBoolean;
import countersign.Countersign.SfInteger;
import countersign.Countersign.SfString;
import countersign.Countersign.StatusLine;
import countersign.Countersign.Store;
import countersign.Countersign.UnverifiedSignature;
import countersign.Countersign.Verified;
import countersign.Countersign.Verifier;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs test vectors: see "Runners" in packages/vectors/README.md. */
final class Runner {
  private static final Pattern URL =
      Pattern.compile("([^:]+://[^/?#]*)([^?#]*)(\\?[^#]*)?(?:#.*)?", Pattern.DOTALL);
  private static final int MAX_ENTRIES = 10_000;

  private final KeyRing keys;

  private Runner(KeyRing keys) {
    this.keys = keys;
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Runner runner = new Runner(new KeyRing(Json.parse(in.readLine()).object("keys")));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (!line.isBlank()) out.println(Json.write(runner.answer(Json.parse(line))));
    }
  }

  /** What a vector expects of an accepted message does not hold. */
  private static final class Disagreement extends Exception {
    private static final long serialVersionUID = 1;

    Disagreement(String reason) {
      super(reason);
    }
  }

  /** Countersign.java does not do this: the test is skipped. */
  private static final class Unsupported extends Exception {
    private static final long serialVersionUID = 1;

    Unsupported(String what) {
      super(what);
    }
  }

  private Map<String, Object> answer(Json test) throws Exception {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("id", test.text("id"));
    answer.put("result", "accept");
    try {
      switch (test.text("type")) {
        case "base" -> runBase(test);
        case "verify" -> answer.put("label", runVerify(test));
        case "digest" -> runDigest(test.object("digest"));
        case "structured-field" -> runStructuredField(test.object("structuredField"));
        case "sequence" -> runSequence(test, answer);
        default -> throw new Unsupported("no " + test.text("type"));
      }
    } catch (RefusedException refusal) {
      refuse(answer, "reject", refusal.code().toString());
    } catch (Disagreement disagreement) {
      refuse(answer, "reject", disagreement.getMessage());
    } catch (Unsupported unsupported) {
      refuse(answer, "skip", unsupported.getMessage());
    }
    return answer;
  }

  private static void refuse(Map<String, Object> answer, String result, String reason) {
    answer.put("result", result);
    answer.put("reason", reason);
  }

  /** The keys of keys.json. One that cannot be imported is as good as unknown. */
  private record KeyRing(Json entries) {
    Key key(String name) {
      Json entry = entries.object(name);
      String principal = entry.has("principal") ? entry.text("principal") : null;
      try {
        return entry.has("secret")
            ? Key.hmac(entry.bytes("secret"), principal)
            : Key.ofPem(Algorithm.of(entry.text("algorithm")), entry.text("publicPem"), principal);
      } catch (IllegalArgumentException refused) {
        return null;
      }
    }

    Map<String, Key> byKeyId(List<Json> names) {
      Map<String, Key> known = new HashMap<>();
      for (Json name : names) {
        Key key = key(name.text());
        if (key != null) known.put(entries.object(name.text()).text("keyid"), key);
      }
      return known;
    }
  }

  // ---- Messages --------------------------------------------------------------------------------

  /** A message for RFC 9421 alone: the target URI is what its sender wrote. */
  private static Message messageOf(Json test) throws Disagreement {
    Json given = test.object("message");
    Map<String, FieldType> types = fieldTypesOf(test);
    Json request = given.object("request");
    Message asked = messageOf(requestLineOf(request), request, types);
    if (!given.has("response")) return asked;
    Json response = given.object("response");
    return messageOf(new StatusLine((int) response.integer("status"), asked), response, types);
  }

  private static Message messageOf(ControlData control, Json given, Map<String, FieldType> types) {
    return new Message(control, fieldsOf(given, "headers"), fieldsOf(given, "trailers"), types);
  }

  private static Fields fieldsOf(Json message, String section) {
    return Fields.of(message.has(section) ? linesOf(message.list(section)) : List.of());
  }

  private static List<Field> linesOf(List<Json> lines) {
    return lines.stream()
        .map(Json::list)
        .map(line -> new Field(line.get(0).text(), line.get(1).text()))
        .toList();
  }

  private static Map<String, FieldType> fieldTypesOf(Json test) {
    Map<String, FieldType> types = new HashMap<>();
    if (!test.has("policy") || !test.object("policy").has("fieldTypes")) return types;
    Json stated = test.object("policy").object("fieldTypes");
    stated.names().forEach(name -> types.put(name, typeOf(stated.text(name))));
    return types;
  }

  private static FieldType typeOf(String name) {
    return FieldType.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static RequestLine requestLineOf(Json request) throws Disagreement {
    Matcher url = urlOf(request);
    String path = url.group(2).isEmpty() ? "/" : url.group(2);
    String query = url.group(3) == null ? "" : url.group(3);
    String method = request.text("method");
    try {
      return new RequestLine(method, Origin.of(url.group(1)), targetOf(request), path, query);
    } catch (IllegalArgumentException notAnOrigin) {
      throw new Disagreement(notAnOrigin.getMessage());
    }
  }

  /** What the request line carries: path and query of the URL where nothing else is said. */
  private static String targetOf(Json request) {
    if (request.has("requestTarget")) return request.text("requestTarget");
    Matcher url = urlOf(request);
    String path = url.group(2).isEmpty() ? "/" : url.group(2);
    return url.group(3) == null ? path : path + url.group(3);
  }

  private static Matcher urlOf(Json request) {
    Matcher matcher = URL.matcher(request.text("url"));
    if (!matcher.matches()) throw new IllegalStateException("no URI: " + request.text("url"));
    return matcher;
  }

  // ---- Bases, digests and structured fields ----------------------------------------------------

  private void runBase(Json test) throws RefusedException, Disagreement {
    Message message = messageOf(test);
    List<Item> components = new ArrayList<>();
    for (Json component : test.list("components")) {
      components.add(new Item(stringOf(component.text("name")), parametersOf(component)));
    }
    InnerList covered = new InnerList(components, parametersOf(test));
    String base = Countersign.signatureBase(message, covered);
    if (!test.has("signatureBase")) return;
    expectEqual(base, test.text("signatureBase"));
    expectEqual(covered.serialize(), test.text("signatureInput"));
    String label = test.has("label") ? test.text("label") : "sig";
    Fields signed =
        Fields.of(
            List.of(
                new Field("Signature-Input", label + "=" + test.text("signatureInput")),
                new Field("Signature", label + "=:" + test.text("signature") + ":")));
    Key key = keys.key(test.text("key"));
    if (key == null) throw new Disagreement("the key cannot be imported");
    Countersign.verifySignature(message, Countersign.parseSignatures(signed).get(0), key);
  }

  /** A name that is no String of RFC 9651 cannot be written down, so there is no base. */
  private static SfString stringOf(String text) throws Disagreement {
    try {
      return new SfString(text);
    } catch (IllegalArgumentException notAString) {
      throw new Disagreement(notAString.getMessage());
    }
  }

  private static Map<String, BareItem> parametersOf(Json owner) throws Disagreement {
    Map<String, BareItem> parameters = new LinkedHashMap<>();
    if (!owner.has("parameters")) return parameters;
    for (Json parameter : owner.list("parameters")) {
      parameters.put(parameter.list().get(0).text(), bareItemOf(parameter.list().get(1).value()));
    }
    return parameters;
  }

  private static BareItem bareItemOf(Object value) throws Disagreement {
    if (value instanceof String text) return stringOf(text);
    if (value instanceof Boolean flag) return new SfBoolean(flag);
    return new SfInteger(((BigDecimal) value).longValueExact());
  }

  private static void expectEqual(String actual, String expected) throws Disagreement {
    if (!actual.equals(expected)) throw new Disagreement(actual + " instead of " + expected);
  }

  private static void runDigest(Json digest) throws RefusedException, Unsupported {
    if (!digest.text("operation").equals("verify")) throw new Unsupported(digest.text("operation"));
    Countersign.checkDigest(digest.text("value"), bodyOf(digest));
  }

  private static byte[] bodyOf(Json owner) {
    return owner.has("body") ? owner.bytes("body") : new byte[0];
  }

  private static void runStructuredField(Json field) throws RefusedException, Disagreement {
    String text = String.join(", ", field.list("raw").stream().map(Json::text).toList());
    String canonical = typeOf(field.text("type")).canonical(text);
    if (field.has("member")) {
      var members = Countersign.parseDictionary(text, Duplicates.LAST_WINS);
      canonical = members.get(field.text("member")).serialize();
    }
    if (field.has("canonical")) expectEqual(canonical, field.text("canonical"));
  }

  // ---- Verification ----------------------------------------------------------------------------

  private String runVerify(Json test) throws RefusedException, Disagreement, Unsupported {
    if (test.object("policy").text("profile").equals("countersign")) {
      Builder builder = verifierOf(test, MemoryStore.startsFresh(MAX_ENTRIES));
      Verifier verifier = builder.clock(at(test.integer("now"))).build();
      return verifyRequest(verifier, test.object("message")).label();
    }
    Message message = messageOf(test);
    String wanted = test.object("policy").has("label") ? test.object("policy").text("label") : null;
    RefusedException refusal = new RefusedException(Code.NO_MATCHING_SIGNATURE);
    for (UnverifiedSignature signature : Countersign.parseSignatures(message.headers())) {
      if (wanted != null && !wanted.equals(signature.label())) continue;
      try {
        verifyByRfc(message, signature, test.list("keys"));
        return signature.label();
      } catch (RefusedException refused) {
        refusal = refused;
      }
    }
    throw refusal;
  }

  private void verifyByRfc(Message message, UnverifiedSignature signature, List<Json> names)
      throws RefusedException {
    Countersign.checkParameters(signature);
    Key key = null;
    if (signature.has("keyid")) key = keys.byKeyId(names).get(signature.text("keyid"));
    else if (names.size() == 1) key = keys.key(names.get(0).text());
    if (key == null) throw new RefusedException(Code.UNKNOWN_KEY);
    Countersign.verifySignature(message, signature, key);
  }

  /** A verifier of the Countersign profile, with what the vector's policy says beside it. */
  private Builder verifierOf(Json test, Store store) {
    Json policy = test.object("policy");
    Json message = test.has("message") ? test.object("message") : test.object("messages").any();
    String ownOrigin = urlOf(message.object("request")).group(1);
    Builder builder =
        Verifier.builder()
            .keys(keys.byKeyId(test.list("keys"))::get)
            .store(store)
            .origin(policy.has("origin") ? policy.text("origin") : ownOrigin);
    if (policy.has("tag")) builder.tag(policy.text("tag"));
    if (policy.has("maxAgeSeconds")) builder.maxAge(secondsOf(policy, "maxAgeSeconds"));
    if (policy.has("futureSkewSeconds")) builder.futureSkew(secondsOf(policy, "futureSkewSeconds"));
    if (policy.has("maxBodyBytes")) builder.maxBodyBytes((int) policy.integer("maxBodyBytes"));
    if (policy.has("requiredComponents")) {
      policy.list("requiredComponents").forEach(name -> builder.require(name.text()));
    }
    fieldTypesOf(test).forEach(builder::fieldType);
    return builder;
  }

  private static Duration secondsOf(Json policy, String name) {
    return Duration.ofSeconds(policy.integer(name));
  }

  private static InstantSource at(long seconds) {
    return () -> Instant.ofEpochSecond(seconds);
  }

  private static Verified verifyRequest(Verifier verifier, Json message)
      throws RefusedException, Unsupported {
    if (message.has("response")) throw new Unsupported("responses, in the profile");
    Json request = message.object("request");
    String method = request.text("method");
    List<Field> headers = linesOf(request.list("headers"));
    return verifier.verify(new Request(method, targetOf(request), headers, bodyOf(request)));
  }

  // ---- Sequences -------------------------------------------------------------------------------

  /**
   * A store that outlives the process stands for the database of an application: its entries, and
   * the floor, are as they were.
   */
  private void runSequence(Json test, Map<String, Object> answer) throws Exception {
    Store store = MemoryStore.startsFresh(MAX_ENTRIES);
    Duration maxAge = null;
    List<Object> verdicts = new ArrayList<>();
    for (Json step : test.list("steps")) {
      InstantSource clock = at(step.integer("at"));
      boolean isLost = step.has("restart") && step.text("restart").equals("memory");
      if (isLost) store = new MemoryStore(clock, MAX_ENTRIES);
      if (step.has("maxAgeSeconds")) maxAge = secondsOf(step, "maxAgeSeconds");
      Store used = isUnavailable(step) ? Runner::failingStore : store;
      Builder builder = verifierOf(test, used).clock(clock);
      if (maxAge != null) builder.maxAge(maxAge);
      verdicts.add(verdictOf(step, builder.build(), test.object("messages")));
    }
    String last = (String) verdicts.get(verdicts.size() - 1);
    answer.put("result", last.equals("accept") || last.startsWith("1 of ") ? "accept" : "reject");
    answer.put("steps", verdicts);
  }

  private static boolean isUnavailable(Json step) {
    return step.has("store") && step.text("store").equals("unavailable");
  }

  private static Countersign.Answer failingStore(Countersign.Claim claim) throws IOException {
    throw new IOException("the store is down");
  }

  private static String verdictOf(Json step, Verifier verifier, Json messages) throws Exception {
    if (!step.has("use")) return "accept"; // a step that only restarts
    Json message = messages.object(step.text("use"));
    if (!step.has("copies")) return isAccepted(verifier, message) ? "accept" : "reject";
    int copies = (int) step.integer("copies");
    ExecutorService threads = Executors.newFixedThreadPool(copies);
    try {
      Callable<Boolean> attempt = () -> isAccepted(verifier, message);
      int accepted = 0;
      for (Future<Boolean> copy : threads.invokeAll(Collections.nCopies(copies, attempt))) {
        if (copy.get()) accepted++;
      }
      return accepted + " of " + copies;
    } catch (ExecutionException mistake) {
      throw new IllegalStateException(mistake);
    } finally {
      threads.shutdown();
    }
  }

  private static boolean isAccepted(Verifier verifier, Json message) throws Unsupported {
    try {
      verifyRequest(verifier, message);
      return true;
    } catch (RefusedException refusal) {
      return false;
    }
  }

  // ---- JSON (RFC 8259) -------------------------------------------------------------------------

  /**
   * A value of JSON: a Map, List, String, BigDecimal, Boolean or null. A member that is absent, or
   * of another type, is a mistake of the vector or of this runner, and ends it.
   */
  private record Json(Object value) {
    static Json parse(String text) {
      return new Json(new Parser(text).whole());
    }

    /** Strings, Lists of them, and Maps: what answers consist of. */
    static String write(Object value) {
      if (value instanceof Map<?, ?> map) {
        List<String> members = new ArrayList<>();
        map.forEach((name, member) -> members.add(write(name) + ":" + write(member)));
        return "{" + String.join(",", members) + "}";
      }
      if (value instanceof List<?> list) {
        return "[" + String.join(",", list.stream().map(Json::write).toList()) + "]";
      }
      StringBuilder text = new StringBuilder("\"");
      for (char c : ((String) value).toCharArray()) {
        boolean plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
        text.append(plain ? c : "\\u%04x".formatted((int) c));
      }
      return text.append('"').toString();
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> map() {
      return (Map<String, Object>) value;
    }

    private Object member(String name) {
      if (!has(name)) throw new IllegalStateException("no member " + name);
      return map().get(name);
    }

    boolean has(String name) {
      return map().containsKey(name);
    }

    Iterable<String> names() {
      return map().keySet();
    }

    Json object(String name) {
      return new Json(member(name));
    }

    Json any() {
      return new Json(map().values().iterator().next());
    }

    List<Json> list() {
      return ((List<?>) value).stream().map(Json::new).toList();
    }

    List<Json> list(String name) {
      return object(name).list();
    }

    String text() {
      return (String) value;
    }

    String text(String name) {
      return (String) member(name);
    }

    long integer(String name) {
      return ((BigDecimal) member(name)).longValueExact();
    }

    byte[] bytes(String name) {
      return Base64.getDecoder().decode(text(name));
    }

    private static final class Parser {
      private static final Pattern NUMBER =
          Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?");

      private final String text;
      private int at;

      Parser(String text) {
        this.text = text;
      }

      Object whole() {
        Object value = value();
        if (at < text.length()) throw expected("the end");
        return value;
      }

      private Object value() {
        skipWhiteSpace();
        Object value =
            switch (text.charAt(at)) {
              case '{' -> object();
              case '[' -> array();
              case '"' -> string();
              case 't' -> word("true", true);
              case 'f' -> word("false", false);
              case 'n' -> word("null", null);
              default -> number();
            };
        skipWhiteSpace();
        return value;
      }

      private Map<String, Object> object() {
        Map<String, Object> members = new LinkedHashMap<>();
        take('{');
        skipWhiteSpace();
        if (skip('}')) return members;
        do {
          skipWhiteSpace();
          String name = string();
          skipWhiteSpace();
          take(':');
          if (members.containsKey(name)) throw expected("each name once");
          members.put(name, value());
        } while (skip(','));
        take('}');
        return members;
      }

      private List<Object> array() {
        List<Object> elements = new ArrayList<>();
        take('[');
        skipWhiteSpace();
        if (skip(']')) return elements;
        do {
          elements.add(value());
        } while (skip(','));
        take(']');
        return elements;
      }

      private String string() {
        StringBuilder value = new StringBuilder();
        take('"');
        while (!skip('"')) {
          char c = text.charAt(at++);
          if (c < ' ') throw expected("no control character");
          value.append(c == '\\' ? escaped() : c);
        }
        return value.toString();
      }

      private char escaped() {
        char c = text.charAt(at++);
        int known = "\"\\/bfnrt".indexOf(c);
        if (known >= 0) return "\"\\/\b\f\n\r\t".charAt(known);
        if (c != 'u') throw expected("an escape");
        at += 4;
        return (char) HexFormat.fromHexDigits(text, at - 4, at);
      }

      private BigDecimal number() {
        Matcher matcher = NUMBER.matcher(text).region(at, text.length());
        if (!matcher.lookingAt()) throw expected("a value");
        at = matcher.end();
        return new BigDecimal(matcher.group());
      }

      private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) throw expected(word);
        at += word.length();
        return value;
      }

      private void skipWhiteSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
      }

      private boolean skip(char c) {
        boolean found = at < text.length() && text.charAt(at) == c;
        if (found) at++;
        return found;
      }

      private void take(char c) {
        if (!skip(c)) throw expected(Character.toString(c));
      }

      private IllegalStateException expected(String what) {
        return new IllegalStateException(what + " is expected at character " + at);
      }
    }
  }
}
