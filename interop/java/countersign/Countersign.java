package countersign;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.EllipticCurve;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Verifies signed HTTP requests, and lets each of them in once. One file, the JDK alone: copy it.
 *
 * <p>The server side of HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530) and
 * Structured Fields (RFC 9651), for the Countersign profile: what it accepts was signed as a whole
 * (method, host, path, query, body), is at most a minute old, and was not accepted before.
 *
 * <pre>{@code
 * Verifier verifier = Verifier.builder()
 *     .key("alice-laptop", Key.hmac(secret, "alice"))
 *     .origin("https://bank.example") // what clients call this server
 *     .store(new MemoryStore())
 *     .build();
 *
 * Verified verified = verifier.verify(new Request("POST", "/transfers?memo=rent", fields, body));
 * verified.principal(); // alice
 * }</pre>
 *
 * <p>{@link #protect} does this for the JDK's own {@code HttpServer}. {@link MemoryStore} serves
 * one process; for several, bring a {@link Store} of your own. Java 17 or later. Left out: signing,
 * Accept-Signature, and a cap on the nonces of one principal.
 */
public final class Countersign {
  private Countersign() {}

  // ---- Refusals --------------------------------------------------------------------------------

  /** What a client is told. It is coarse on purpose: see {@link RefusedException#problem}. */
  public enum Kind {
    MISSING(401, "The request is not signed: send Signature-Input and Signature (RFC 9421)"),
    MALFORMED(401, "The signature fields cannot be read, or do not fit the request"),
    INSUFFICIENT(401, "The signature is not enough: see the profile of this API"),
    STALE(401, "The signature is too old, or from the future: check the clock and sign anew"),
    INVALID(401, "The signature is not valid for this request"),
    REPLAYED(401, "This signed request was accepted before: sign each attempt anew"),
    TOO_LARGE(413, "The request is larger than this server accepts"),
    UNAVAILABLE(503, "Nobody can tell now if the request is new. Nothing was executed");

    private final int status;
    private final String title;

    Kind(int status, String title) {
      this.status = status;
      this.title = title;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Which rule refused a message, for logs and metrics. */
  public enum Code {
    MISSING_SIGNATURE(Kind.MISSING, "the message is not signed"),
    MALFORMED_STRUCTURED_FIELD(Kind.MALFORMED, "not a structured field of the expected type"),
    MALFORMED_SIGNATURE_INPUT(Kind.MALFORMED, "Signature-Input is no Dictionary of components"),
    MALFORMED_SIGNATURE(Kind.MALFORMED, "Signature is no Dictionary of Byte Sequences"),
    MALFORMED_PARAMETER(Kind.MALFORMED, "a signature parameter has a wrong type or value"),
    MALFORMED_DIGEST(Kind.MALFORMED, "Content-Digest is no Dictionary of digests"),
    MALFORMED_COMPONENT(Kind.MALFORMED, "a component's value cannot be canonicalized"),
    MALFORMED_MESSAGE(Kind.MALFORMED, "the message is ambiguous or cannot be represented"),
    DUPLICATE_LABEL(Kind.MALFORMED, "two signatures have the same label"),
    LABEL_MISMATCH(Kind.MALFORMED, "Signature-Input and Signature have not the same labels"),
    INVALID_COMPONENT(Kind.MALFORMED, "a component is unknown or has unfit parameters"),
    DUPLICATE_COMPONENT(Kind.MALFORMED, "a component is covered twice"),
    MISSING_COMPONENT(Kind.MALFORMED, "a covered component is not in the message"),
    BODY_UNREADABLE(Kind.MALFORMED, "the body ended before it was complete"),
    NO_MATCHING_SIGNATURE(Kind.INSUFFICIENT, "no signature has the required tag"),
    COMPONENT_NOT_COVERED(Kind.INSUFFICIENT, "a required component is not covered"),
    MISSING_PARAMETER(Kind.INSUFFICIENT, "a required signature parameter is absent"),
    MISSING_DIGEST(Kind.INSUFFICIENT, "no covered Content-Digest protects the body"),
    UNSUPPORTED_DIGEST(Kind.INSUFFICIENT, "the digest is neither sha-256 nor sha-512"),
    STALE(Kind.STALE, "the signature is older than is accepted"),
    EXPIRED(Kind.STALE, "the signature is past its expires parameter"),
    NOT_YET_VALID(Kind.STALE, "the signature was created in the future"),
    UNKNOWN_KEY(Kind.INVALID, "no key is known by this keyid"),
    INACTIVE_KEY(Kind.INVALID, "the key is not trusted now"),
    ALGORITHM_MISMATCH(Kind.INVALID, "alg is not the algorithm of the key"),
    INVALID_SIGNATURE(Kind.INVALID, "the signature does not verify"),
    DIGEST_MISMATCH(Kind.INVALID, "the content does not have the stated digest"),
    REPLAYED(Kind.REPLAYED, "this signed message was accepted before"),
    LIMIT_EXCEEDED(Kind.TOO_LARGE, "the signature fields are larger than is accepted"),
    BODY_TOO_LARGE(Kind.TOO_LARGE, "the body is larger than is accepted"),
    KEY_UNAVAILABLE(Kind.UNAVAILABLE, "the key could not be used or looked up"),
    REPLAY_STORE_UNAVAILABLE(Kind.UNAVAILABLE, "the replay store did not answer"),
    REPLAY_STORE_STARTING(Kind.UNAVAILABLE, "the replay store was just started"),
    REPLAY_STORE_FULL(Kind.UNAVAILABLE, "the replay store has no room for another nonce");

    private final Kind kind;
    private final String rule;

    Code(Kind kind, String rule) {
      this.kind = kind;
      this.rule = rule;
    }

    /** What a client is told of it. */
    public Kind kind() {
      return kind;
    }

    /** The HTTP status. Too long signature fields are a 431 (RFC 6585 section 5). */
    public int status() {
      return this == LIMIT_EXCEEDED ? 431 : kind.status;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A message that must not be accepted.
   *
   * <p>Neither its code nor its text ever holds a secret, a nonce, a signature or a body.
   */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;
    private final Code code;
    private final long retryAfterSeconds;

    /** Refuses by one rule. */
    public RefusedException(Code code) {
      this(code, "");
    }

    /** Refuses by one rule, and names what broke it. */
    public RefusedException(Code code, String detail) {
      super(detail.isEmpty() ? code.rule : code.rule + ": " + detail);
      this.code = code;
      this.retryAfterSeconds = 1;
    }

    /** Refuses because something failed. The cause may hold secrets: log it with care. */
    public RefusedException(Code code, Throwable cause) {
      super(code.rule, cause);
      this.code = code;
      this.retryAfterSeconds = 1;
    }

    /** Refuses for now: a message that is signed after these seconds may be accepted. */
    public RefusedException(Code code, long retryAfterSeconds) {
      super(code.rule);
      this.code = code;
      this.retryAfterSeconds = retryAfterSeconds;
    }

    /** Which rule refused the message: for logs and metrics. */
    public Code code() {
      return code;
    }

    /**
     * The response (RFC 9457): only the kind, never the code. So an unknown key, a bad signature
     * and a wrong digest look the same from outside.
     */
    public Problem problem(long serverTime) {
      Kind kind = code.kind;
      String time = kind == Kind.STALE ? ",\"serverTime\":" + serverTime : "";
      // Kinds and titles have no character that JSON escapes.
      String body =
          """
          {"type":"urn:countersign:problem:%s","title":"%s","status":%d,"code":"%s"%s}"""
              .formatted(kind, kind.title, code.status(), kind, time);
      List<Field> fields = new ArrayList<>();
      fields.add(new Field("Content-Type", "application/problem+json"));
      fields.add(new Field("Cache-Control", "no-store"));
      if (code.status() == 401) { // RFC 9110 section 15.5.2 asks for a challenge
        fields.add(new Field("WWW-Authenticate", "Signature"));
      }
      if (code.status() == 503) {
        fields.add(new Field("Retry-After", Long.toString(retryAfterSeconds)));
      }
      return new Problem(code.status(), List.copyOf(fields), body);
    }
  }

  /** Problem details (RFC 9457) to answer with. */
  public record Problem(int status, List<Field> fields, String body) {}

  // ---- Structured fields (RFC 9651) ------------------------------------------------------------

  /** A bare item (RFC 9651 section 3.3). Values that print differently differ: 1.0 is not 1. */
  sealed interface BareItem {
    String serialize();
  }

  record SfInteger(long value) implements BareItem {
    @Override
    public String serialize() {
      return Long.toString(value);
    }
  }

  record SfDecimal(BigDecimal value) implements BareItem {
    /** RFC 9651 section 4.1.5: no zeros at the end, but one digit behind the point. */
    @Override
    public String serialize() {
      int digits = Math.max(1, value.stripTrailingZeros().scale());
      return value.setScale(digits).toPlainString();
    }
  }

  record SfString(String value) implements BareItem {
    SfString {
      if (!consistsOf(value, Countersign::isPrintable)) {
        throw new IllegalArgumentException("a String is printable ASCII (RFC 9651 section 3.3.3)");
      }
    }

    @Override
    public String serialize() {
      return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
  }

  /** Not an {@link SfString}: a keyid must not be a Token. */
  record SfToken(String value) implements BareItem {
    @Override
    public String serialize() {
      return value;
    }
  }

  record SfBytes(byte[] value) implements BareItem {
    @Override
    public String serialize() {
      return ":" + Base64.getEncoder().encodeToString(value) + ":";
    }
  }

  record SfBoolean(boolean value) implements BareItem {
    static final SfBoolean TRUE = new SfBoolean(true);

    @Override
    public String serialize() {
      return value ? "?1" : "?0";
    }
  }

  record SfDate(long seconds) implements BareItem {
    @Override
    public String serialize() {
      return "@" + seconds;
    }
  }

  record SfDisplayString(String value) implements BareItem {
    /** RFC 9651 section 4.1.11: bytes of UTF-8, in lower-case hexadecimal. */
    @Override
    public String serialize() {
      StringBuilder text = new StringBuilder("%\"");
      for (byte unit : value.getBytes(StandardCharsets.UTF_8)) {
        boolean plain = isPrintable(unit) && unit != '%' && unit != '"';
        text.append(plain ? (char) unit : "%" + HexFormat.of().toHexDigits(unit));
      }
      return text.append('"').toString();
    }
  }

  /** A member of a List or Dictionary. */
  sealed interface Member {
    String serialize();
  }

  /** RFC 9651 section 3.3, and a component identifier of RFC 9421 section 2. */
  record Item(BareItem value, Map<String, BareItem> parameters) implements Member {
    Item {
      parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    @Override
    public String serialize() {
      return value.serialize() + serializeParameters(parameters);
    }
  }

  /** RFC 9651 section 3.1.1, and the covered components of RFC 9421 section 2.3. */
  record InnerList(List<Item> items, Map<String, BareItem> parameters) implements Member {
    InnerList {
      items = List.copyOf(items);
      parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    @Override
    public String serialize() {
      String inside = items.stream().map(Item::serialize).collect(Collectors.joining(" "));
      return "(" + inside + ")" + serializeParameters(parameters);
    }
  }

  /** RFC 9651 section 4.1.1.2: true is a key alone. */
  private static String serializeParameters(Map<String, BareItem> parameters) {
    StringBuilder text = new StringBuilder();
    parameters.forEach(
        (key, value) -> {
          text.append(';').append(key);
          if (!value.equals(SfBoolean.TRUE)) text.append('=').append(value.serialize());
        });
    return text.toString();
  }

  /** RFC 9651 section 4.1.1. */
  static String serializeList(List<? extends Member> members) {
    return members.stream().map(Member::serialize).collect(Collectors.joining(", "));
  }

  /** RFC 9651 section 4.1.2: a member that is true has only its parameters. */
  static String serializeDictionary(Map<String, Member> members) {
    return members.entrySet().stream()
        .map(
            entry ->
                entry.getValue() instanceof Item item && item.value().equals(SfBoolean.TRUE)
                    ? entry.getKey() + serializeParameters(item.parameters())
                    : entry.getKey() + "=" + entry.getValue().serialize())
        .collect(Collectors.joining(", "));
  }

  /** The type of a structured field (RFC 9651 section 3). */
  public enum FieldType {
    ITEM {
      @Override
      String canonical(String text) throws RefusedException {
        return parseItem(text).serialize();
      }
    },
    LIST {
      @Override
      String canonical(String text) throws RefusedException {
        return serializeList(parseList(text));
      }
    },
    DICTIONARY {
      @Override
      String canonical(String text) throws RefusedException {
        return serializeDictionary(parseDictionary(text, Duplicates.LAST_WINS));
      }
    };

    /** The strict serialization of a field value (RFC 9421 section 2.1.1). */
    abstract String canonical(String text) throws RefusedException;
  }

  /**
   * RFC 9651 section 4.2.2 lets the last duplicate of a key win. Signature fields and digests
   * refuse it: a label must name exactly one signature.
   */
  enum Duplicates {
    LAST_WINS,
    REFUSED
  }

  static Map<String, Member> parseDictionary(String text, Duplicates duplicates)
      throws RefusedException {
    return new Parser(text, duplicates).dictionary();
  }

  static List<Member> parseList(String text) throws RefusedException {
    return new Parser(text, Duplicates.LAST_WINS).list();
  }

  static Item parseItem(String text) throws RefusedException {
    return new Parser(text, Duplicates.LAST_WINS).wholeItem();
  }

  /**
   * Parses one field value from left to right (RFC 9651 section 4.2). It never goes back, so the
   * cost is linear, and nothing nests deeper than an item in an inner list.
   */
  private static final class Parser {
    private final String text;
    private final Duplicates duplicates;
    private int at;

    Parser(String text, Duplicates duplicates) {
      this.text = text;
      this.duplicates = duplicates;
    }

    Map<String, Member> dictionary() throws RefusedException {
      Map<String, Member> members = new LinkedHashMap<>();
      for (boolean more = hasFirst(); more; more = hasNext()) {
        String key = key();
        if (members.containsKey(key) && duplicates == Duplicates.REFUSED) {
          throw new RefusedException(Code.DUPLICATE_LABEL);
        }
        members.put(key, skip('=') ? member() : new Item(SfBoolean.TRUE, parameters()));
      }
      return members;
    }

    List<Member> list() throws RefusedException {
      List<Member> members = new ArrayList<>();
      for (boolean more = hasFirst(); more; more = hasNext()) members.add(member());
      return members;
    }

    Item wholeItem() throws RefusedException {
      skipAll(c -> c == ' ');
      Item item = item();
      skipAll(c -> c == ' ');
      if (at < text.length()) throw expected("the end");
      return item;
    }

    private boolean hasFirst() {
      skipAll(c -> c == ' ');
      return at < text.length();
    }

    /** A comma, and no comma at the end (RFC 9651 sections 4.2.1 and 4.2.2). */
    private boolean hasNext() throws RefusedException {
      skipAll(Countersign::isWhiteSpace);
      if (at == text.length()) return false;
      if (!skip(',')) throw expected("a comma");
      skipAll(Countersign::isWhiteSpace);
      if (at == text.length()) throw expected("a member after the last comma");
      return true;
    }

    private Member member() throws RefusedException {
      return skip('(') ? innerList() : item();
    }

    private InnerList innerList() throws RefusedException {
      List<Item> items = new ArrayList<>();
      while (true) {
        boolean apart = !skipAll(c -> c == ' ').isEmpty();
        if (skip(')')) return new InnerList(items, parameters());
        if (!apart && !items.isEmpty()) throw expected("a space");
        items.add(item());
      }
    }

    private Item item() throws RefusedException {
      return new Item(bareItem(), parameters());
    }

    private Map<String, BareItem> parameters() throws RefusedException {
      Map<String, BareItem> parameters = new LinkedHashMap<>();
      while (skip(';')) {
        skipAll(c -> c == ' ');
        String key = key();
        if (parameters.containsKey(key) && duplicates == Duplicates.REFUSED) {
          throw expected("each parameter once");
        }
        parameters.put(key, skip('=') ? bareItem() : SfBoolean.TRUE);
      }
      return parameters;
    }

    private String key() throws RefusedException {
      if (!isLowerCase(peek()) && peek() != '*') throw expected("a key");
      return skipAll(c -> isLowerCase(c) || isDigit(c) || "_-.*".indexOf(c) >= 0);
    }

    /** RFC 9651 section 4.2.3.1: the first character tells the type. */
    private BareItem bareItem() throws RefusedException {
      int first = peek();
      if (isDigit(first) || first == '-') return number();
      if (isLetter(first) || first == '*') return new SfToken(skipAll(Parser::isTokenCharacter));
      at++;
      return switch (first) {
        case '"' -> string();
        case ':' -> byteSequence();
        case '?' -> bool();
        case '@' -> date();
        case '%' -> displayString();
        default -> throw expected("an item");
      };
    }

    /** RFC 9651 section 4.2.4: 15 digits, or 12 before the point and 1 to 3 behind it. */
    private BareItem number() throws RefusedException {
      int start = at;
      skip('-');
      int whole = skipAll(Countersign::isDigit).length();
      if (!skip('.')) {
        if (whole < 1 || whole > 15) throw expected("1 to 15 digits");
        return new SfInteger(Long.parseLong(text.substring(start, at)));
      }
      int fraction = skipAll(Countersign::isDigit).length();
      if (whole < 1 || whole > 12 || fraction < 1 || fraction > 3) throw expected("a decimal");
      return new SfDecimal(new BigDecimal(text.substring(start, at)));
    }

    private SfString string() throws RefusedException {
      StringBuilder value = new StringBuilder();
      while (true) {
        int character = next();
        if (character == '"') return new SfString(value.toString());
        if (character == '\\') {
          character = next();
          if (character != '"' && character != '\\') throw expected("a quote or backslash");
        }
        if (!isPrintable(character)) throw expected("printable ASCII");
        value.append((char) character);
      }
    }

    /** RFC 9651 section 4.2.7: padding may be left out, and must else be right. */
    private SfBytes byteSequence() throws RefusedException {
      String encoded = skipAll(c -> c != ':');
      if (!skip(':')) throw expected("a colon");
      try {
        return new SfBytes(Base64.getDecoder().decode(encoded));
      } catch (IllegalArgumentException notBase64) {
        throw expected("base64");
      }
    }

    private SfBoolean bool() throws RefusedException {
      int value = next();
      if (value != '0' && value != '1') throw expected("0 or 1");
      return new SfBoolean(value == '1');
    }

    private SfDate date() throws RefusedException {
      if (number() instanceof SfInteger seconds) return new SfDate(seconds.value());
      throw expected("an integer");
    }

    private SfDisplayString displayString() throws RefusedException {
      if (!skip('"')) throw expected("a quote");
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      while (true) {
        int character = next();
        if (character == '"') break;
        if (!isPrintable(character)) throw expected("printable ASCII");
        bytes.write(character == '%' ? lowerCaseHex() * 16 + lowerCaseHex() : character);
      }
      try {
        ByteBuffer utf8 = ByteBuffer.wrap(bytes.toByteArray());
        return new SfDisplayString(StandardCharsets.UTF_8.newDecoder().decode(utf8).toString());
      } catch (CharacterCodingException notUtf8) {
        throw expected("UTF-8");
      }
    }

    private int lowerCaseHex() throws RefusedException {
      int value = "0123456789abcdef".indexOf(next());
      if (value < 0) throw expected("lower-case hexadecimal");
      return value;
    }

    private static boolean isTokenCharacter(int c) {
      return isNameCharacter(c) || c == ':' || c == '/';
    }

    /** The next character, or -1 at the end. */
    private int peek() {
      return at < text.length() ? text.charAt(at) : -1;
    }

    private int next() throws RefusedException {
      if (at == text.length()) throw expected("more");
      return text.charAt(at++);
    }

    private boolean skip(char character) {
      boolean found = peek() == character;
      if (found) at++;
      return found;
    }

    private String skipAll(IntPredicate wanted) {
      int start = at;
      while (at < text.length() && wanted.test(text.charAt(at))) at++;
      return text.substring(start, at);
    }

    private RefusedException expected(String what) {
      String detail = what + " is expected at character " + at;
      return new RefusedException(Code.MALFORMED_STRUCTURED_FIELD, detail);
    }
  }

  // ---- Characters ------------------------------------------------------------------------------
  // Character.isDigit and its like go by Unicode; the grammars of HTTP are ASCII.

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLowerCase(int c) {
    return c >= 'a' && c <= 'z';
  }

  private static boolean isLetter(int c) {
    return isLowerCase(c) || (c >= 'A' && c <= 'Z');
  }

  private static boolean isPrintable(int c) {
    return c >= ' ' && c <= '~';
  }

  private static boolean isWhiteSpace(int c) {
    return c == ' ' || c == '\t';
  }

  /** {@code tchar} of RFC 9110 section 5.6.2: what names of fields and methods consist of. */
  private static boolean isNameCharacter(int c) {
    return isLetter(c) || isDigit(c) || (c > 0 && "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
  }

  private static boolean consistsOf(String text, IntPredicate wanted) {
    return text.chars().allMatch(wanted);
  }

  private static boolean isFilledWith(String text, IntPredicate wanted) {
    return !text.isEmpty() && consistsOf(text, wanted);
  }

  /** Lower case in ASCII alone: Unicode would make a k of the Kelvin sign. */
  private static String lowerCase(String text) {
    StringBuilder lower = new StringBuilder(text);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 'A' && c <= 'Z') lower.setCharAt(i, (char) (c + ('a' - 'A')));
    }
    return lower.toString();
  }

  // ---- The message and its components (RFC 9421 section 2) -------------------------------------

  /** One line of the header section, as it came: characters are bytes (ISO 8859-1). */
  public record Field(String name, String value) {}

  /**
   * A request as its server received it.
   *
   * @param target the request target as it came: undecoded, query included
   * @param headers the lines of the header section, in their order
   * @param body is read once, and only after the signature was found good
   */
  public record Request(String method, String target, List<Field> headers, InputStream body) {
    /** A request whose body was read already. */
    public Request(String method, String target, List<Field> headers, byte[] body) {
      this(method, target, headers, new ByteArrayInputStream(body));
    }

    public Request {
      headers = List.copyOf(headers);
    }
  }

  /** The lines of fields by their names in lower case. Copied once, never changed. */
  record Fields(Map<String, List<String>> lines) {
    static final Fields NONE = new Fields(Map.of());
    private static final Pattern LINE_FOLDING = Pattern.compile("\r?\n[ \t]+");

    static Fields of(List<Field> fields) {
      Map<String, List<String>> lines = new HashMap<>();
      for (Field field : fields) {
        lines
            .computeIfAbsent(lowerCase(field.name()), name -> new ArrayList<>())
            .add(unfold(field.value()));
      }
      return new Fields(Collections.unmodifiableMap(lines));
    }

    /** RFC 9421 section 2.1, steps 2 and 3: without line folding, and white space around it. */
    private static String unfold(String value) {
      return Arrays.stream(LINE_FOLDING.split(value, -1))
          .map(Fields::trim)
          .collect(Collectors.collectingAndThen(Collectors.joining(" "), Fields::trim));
    }

    private static String trim(String text) {
      int start = 0;
      int end = text.length();
      while (start < end && isWhiteSpace(text.charAt(start))) start++;
      while (start < end && isWhiteSpace(text.charAt(end - 1))) end--;
      return text.substring(start, end);
    }

    boolean has(String name) {
      return lines.containsKey(name);
    }

    List<String> of(String name) {
      return lines.getOrDefault(name, List.of());
    }

    /** All lines of a field in one (RFC 9421 section 2.1, step 4). */
    String combined(String name) {
      return String.join(", ", of(name));
    }
  }

  /** What a message says in its first line (RFC 9110 section 6.2). */
  sealed interface ControlData {}

  /** Of a request. {@code query} has its question mark, and is empty where there is none. */
  record RequestLine(String method, Origin origin, String target, String path, String query)
      implements ControlData {
    /** A target in origin form, or in absolute form where it names this origin. */
    static RequestLine of(String method, Origin origin, String target) throws RefusedException {
      Matcher absolute = Origin.ABSOLUTE.matcher(target);
      boolean isAbsolute = absolute.matches();
      if (isAbsolute && !origin.equals(Origin.of(absolute))) {
        throw new RefusedException(Code.MALFORMED_MESSAGE, "the target is for another origin");
      }
      String rest = isAbsolute ? absolute.group(3) : target;
      if (!(isAbsolute || target.startsWith("/")) || target.indexOf('#') >= 0) {
        throw new RefusedException(Code.MALFORMED_MESSAGE, "the request target has no path");
      }
      int mark = rest.indexOf('?');
      String path = mark < 0 ? rest : rest.substring(0, mark);
      String query = mark < 0 ? "" : rest.substring(mark);
      // RFC 9421 section 2.2.6: an empty path is a slash.
      return new RequestLine(method, origin, target, path.isEmpty() ? "/" : path, query);
    }
  }

  /** Of a response, with the request that it answers. */
  record StatusLine(int status, Message request) implements ControlData {}

  /** Scheme and authority: in lower case, without the default port (RFC 9110 section 4.2.3). */
  record Origin(String scheme, String authority) {
    static final Pattern ABSOLUTE = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)");
    private static final Map<String, String> DEFAULT_PORTS = Map.of("http", ":80", "https", ":443");

    /** What clients call a server, for example {@code https://bank.example}. */
    static Origin of(String text) {
      Matcher matcher = ABSOLUTE.matcher(text);
      boolean isOrigin = matcher.matches() && Set.of("", "/").contains(matcher.group(3));
      if (!isOrigin || matcher.group(2).isEmpty() || matcher.group(2).contains("@")) {
        throw new IllegalArgumentException("not an origin such as https://bank.example: " + text);
      }
      return of(matcher);
    }

    private static Origin of(Matcher matched) {
      String scheme = lowerCase(matched.group(1));
      String authority = withoutEnd(lowerCase(matched.group(2)), ":");
      return new Origin(scheme, withoutEnd(authority, DEFAULT_PORTS.getOrDefault(scheme, "")));
    }

    private static String withoutEnd(String text, String end) {
      return text.endsWith(end) ? text.substring(0, text.length() - end.length()) : text;
    }

    @Override
    public String toString() {
      return scheme + "://" + authority;
    }
  }

  /** A request or a response. What is not in it cannot be covered. */
  record Message(
      ControlData control, Fields headers, Fields trailers, Map<String, FieldType> fieldTypes) {}

  /** Structured fields of the registries (RFC 9651 section 2). A verifier may be told of others. */
  private static final Map<String, FieldType> FIELD_TYPES = registeredFieldTypes();

  private static Map<String, FieldType> registeredFieldTypes() {
    Map<String, FieldType> types = new HashMap<>();
    String items =
        """
        available-dictionary capsule-protocol client-cert cross-origin-embedder-policy
        cross-origin-opener-policy deprecation dictionary-id origin-agent-cluster""";
    String lists =
        """
        accept-ch cache-group-invalidation cache-groups cache-status client-cert-chain
        proxy-status""";
    String dictionaries =
        """
        accept-signature cdn-cache-control content-digest priority repr-digest signature
        signature-input use-as-dictionary want-content-digest want-repr-digest""";
    for (String name : items.split("\\s+")) types.put(name, FieldType.ITEM);
    for (String name : lists.split("\\s+")) types.put(name, FieldType.LIST);
    for (String name : dictionaries.split("\\s+")) types.put(name, FieldType.DICTIONARY);
    return Map.copyOf(types);
  }

  /** The component parameters that are true or absent, and those that are Strings. */
  private static final Set<String> FLAGS = Set.of("sf", "bs", "tr", "req");

  private static final Set<String> NAMES = Set.of("key", "name");

  /** The value of one component, or a refusal (RFC 9421 section 2.5). */
  static String componentValue(Message message, Item component) throws RefusedException {
    if (!(component.value() instanceof SfString name)) throw invalid("a name must be a String");
    Set<String> parameters = component.parameters().keySet();
    for (var parameter : component.parameters().entrySet()) {
      boolean isFlag = parameter.getValue().equals(SfBoolean.TRUE);
      boolean isName = parameter.getValue() instanceof SfString;
      String key = parameter.getKey();
      if (!(isFlag && FLAGS.contains(key)) && !(isName && NAMES.contains(key))) {
        throw invalid("a parameter is unknown, or of a wrong type");
      }
    }
    Message source = message;
    if (parameters.contains("req")) {
      if (!(message.control() instanceof StatusLine answer)) throw invalid("req is for responses");
      source = answer.request();
    }
    if (name.value().startsWith("@")) {
      return derivedValue(source.control(), name.value(), component);
    }
    boolean isLower = lowerCase(name.value()).equals(name.value()); // section 2.1
    boolean isFieldName = isLower && isFilledWith(name.value(), Countersign::isNameCharacter);
    if (!isFieldName || parameters.contains("name")) {
      throw invalid("not the name of a field");
    }
    String value = fieldValue(source, name.value(), component.parameters());
    if (!consistsOf(value, c -> isPrintable(c) || c == '\t')) {
      throw new RefusedException(Code.MALFORMED_COMPONENT, name.value());
    }
    return value;
  }

  /** RFC 9421 section 2.2. Of the parameters, req was looked at already. */
  private static String derivedValue(ControlData control, String name, Item component)
      throws RefusedException {
    Set<String> fitting = name.equals("@query-param") ? Set.of("req", "name") : Set.of("req");
    if (!fitting.containsAll(component.parameters().keySet())) {
      throw invalid("a parameter does not fit");
    }
    if (control instanceof StatusLine answer) {
      if (name.equals("@status")) return "%03d".formatted(answer.status());
      throw invalid("not a derived component of a response");
    }
    RequestLine line = (RequestLine) control;
    String value =
        switch (name) {
          case "@method" -> line.method();
          case "@target-uri" -> line.origin() + line.path() + line.query();
          case "@authority" -> line.origin().authority();
          case "@scheme" -> line.origin().scheme();
          case "@request-target" -> line.target();
          case "@path" -> line.path();
          case "@query" -> line.query().isEmpty() ? "?" : line.query(); // section 2.2.7
          case "@query-param" -> queryParameter(line.query(), component.parameters().get("name"));
          default -> throw invalid("not a derived component of a request");
        };
    if (!consistsOf(value, Countersign::isPrintable) || !value.equals(value.strip())) {
      throw new RefusedException(Code.MALFORMED_COMPONENT, name);
    }
    return value;
  }

  /** RFC 9421 section 2.1, with the parameters of its subsections. */
  private static String fieldValue(Message message, String name, Map<String, BareItem> parameters)
      throws RefusedException {
    Fields fields = parameters.containsKey("tr") ? message.trailers() : message.headers();
    if (!fields.has(name)) throw new RefusedException(Code.MISSING_COMPONENT, name);
    for (String line : fields.of(name)) {
      // RFC 9110 section 5.5. Characters are bytes: what is none has no place in a base.
      if (!consistsOf(line, c -> c != '\r' && c != '\n' && c != 0 && c <= 0xFF)) {
        throw new RefusedException(Code.MALFORMED_COMPONENT, name);
      }
    }
    boolean strict = parameters.containsKey("sf") || parameters.containsKey("key");
    if (parameters.containsKey("bs")) {
      if (strict) throw invalid("bs does not go with sf or key"); // section 2.1.3
      return serializeList(fields.of(name).stream().map(Countersign::wrapped).toList());
    }
    return strict
        ? strictValue(message, name, new StrictField(fields.combined(name), parameters.get("key")))
        : fields.combined(name);
  }

  /** RFC 9421 section 2.1.3: a line as a Byte Sequence. */
  private static Item wrapped(String line) {
    return new Item(new SfBytes(line.getBytes(StandardCharsets.ISO_8859_1)), Map.of());
  }

  /** @param key names the member that is meant; null: the field as a whole */
  private record StrictField(String text, BareItem key) {}

  /** RFC 9421 sections 2.1.1 and 2.1.2. */
  private static String strictValue(Message message, String name, StrictField field)
      throws RefusedException {
    FieldType type = message.fieldTypes().getOrDefault(name, FIELD_TYPES.get(name));
    if (type == null || (field.key() != null && type != FieldType.DICTIONARY)) {
      throw invalid(name + " has another type, or none that is known");
    }
    try {
      if (field.key() == null) return type.canonical(field.text());
      Member member =
          parseDictionary(field.text(), Duplicates.LAST_WINS).get(((SfString) field.key()).value());
      if (member != null) return member.serialize();
    } catch (RefusedException malformed) {
      throw new RefusedException(Code.MALFORMED_COMPONENT, name);
    }
    throw new RefusedException(Code.MISSING_COMPONENT, name);
  }

  /** RFC 9421 section 2.2.8. A name that occurs twice names nothing. */
  private static String queryParameter(String query, BareItem name) throws RefusedException {
    if (!(name instanceof SfString wanted)) throw invalid("\"@query-param\" needs a name");
    if (!consistsOf(query, Countersign::isPrintable)) {
      throw new RefusedException(Code.MALFORMED_COMPONENT, "@query-param");
    }
    String found = null;
    for (String pair : query.isEmpty() ? new String[0] : query.substring(1).split("&")) {
      int sign = pair.indexOf('=');
      String itsName = sign < 0 ? pair : pair.substring(0, sign);
      if (pair.isEmpty() || !formEncoded(itsName).equals(wanted.value())) continue;
      if (found != null) throw new RefusedException(Code.MALFORMED_COMPONENT, "it occurs twice");
      found = sign < 0 ? "" : formEncoded(pair.substring(sign + 1));
    }
    if (found == null) throw new RefusedException(Code.MISSING_COMPONENT, "@query-param");
    return found;
  }

  /**
   * A part of a form, decoded and then encoded again, as the URL standard does it: the
   * percent-encode set of {@code application/x-www-form-urlencoded}, and a space is %20.
   */
  private static String formEncoded(String part) {
    byte[] bytes = percentDecoded(part.replace('+', ' '));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes.length; ) {
      int length = utf8Length(bytes, i);
      if (length < 0) { // "UTF-8 decode" of the Encoding standard puts U+FFFD in its place
        text.append("%EF%BF%BD");
        i -= length;
        continue;
      }
      for (int end = i + length; i < end; i++) {
        int unit = bytes[i] & 0xFF;
        boolean plain = isLetter(unit) || isDigit(unit) || (unit > 0 && "*-._".indexOf(unit) >= 0);
        text.append(plain ? (char) unit : "%%%02X".formatted(unit));
      }
    }
    return text.toString();
  }

  /** What is no percent-encoded byte stays as it is. */
  private static byte[] percentDecoded(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      boolean encoded =
          text.charAt(i) == '%'
              && i + 2 < text.length()
              && HexFormat.isHexDigit(text.charAt(i + 1))
              && HexFormat.isHexDigit(text.charAt(i + 2));
      bytes.write(encoded ? HexFormat.fromHexDigits(text, i + 1, i + 3) : text.charAt(i));
      if (encoded) i += 2;
    }
    return bytes.toByteArray();
  }

  /**
   * The bytes of the character that begins at {@code start}; or, negative, of what a decoder
   * replaces at once by the Encoding standard. Java's own takes a surrogate as one, not as three.
   */
  private static int utf8Length(byte[] bytes, int start) {
    int first = bytes[start] & 0xFF;
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return -1;
    int needed = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    int lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80; // not overlong,
    int highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF; // no surrogate, not too large
    for (int i = 1; i <= needed; i++) {
      int unit = start + i < bytes.length ? bytes[start + i] & 0xFF : -1;
      if (unit < lowest || unit > highest) return -i;
      lowest = 0x80;
      highest = 0xBF;
    }
    return needed + 1;
  }

  private static RefusedException invalid(String why) {
    return new RefusedException(Code.INVALID_COMPONENT, why);
  }

  // ---- Signatures of a message (RFC 9421 sections 3.2 and 4) -----------------------------------

  private static final int MAX_FIELD_CHARACTERS = 8192;
  private static final int MAX_SIGNATURES = 4;
  private static final int MAX_COMPONENTS = 32;

  /** A signature as a message states it. Nothing in it has been verified. */
  record UnverifiedSignature(String label, InnerList components, byte[] value) {
    /** The covered components, in a form in which they can be compared. */
    Set<String> identifiers() {
      return components.items().stream().map(Countersign::identifier).collect(Collectors.toSet());
    }

    boolean has(String parameter) {
      return components.parameters().containsKey(parameter);
    }

    /** The text of a String; null where there is none. */
    String text(String parameter) {
      return components.parameters().get(parameter) instanceof SfString text ? text.value() : null;
    }

    /** A parameter that {@link #checkParameters} has found to be an Integer. */
    long seconds(String parameter) {
      return ((SfInteger) components.parameters().get(parameter)).value();
    }
  }

  /** RFC 9421 section 2: the order of parameters does not tell identifiers apart. */
  private static String identifier(Item component) {
    return new Item(component.value(), new TreeMap<>(component.parameters())).serialize();
  }

  /** All signatures of a message. A label without its counterpart is an error (section 3.2). */
  static List<UnverifiedSignature> parseSignatures(Fields headers) throws RefusedException {
    String inputText = headers.combined("signature-input");
    String valueText = headers.combined("signature");
    if (inputText.length() + valueText.length() > MAX_FIELD_CHARACTERS) {
      throw new RefusedException(Code.LIMIT_EXCEEDED);
    }
    var inputs = parseSignatureField(inputText, Code.MALFORMED_SIGNATURE_INPUT);
    var values = parseSignatureField(valueText, Code.MALFORMED_SIGNATURE);
    if (inputs.isEmpty() && values.isEmpty()) throw new RefusedException(Code.MISSING_SIGNATURE);
    if (Math.max(inputs.size(), values.size()) > MAX_SIGNATURES) {
      throw new RefusedException(Code.LIMIT_EXCEEDED);
    }
    if (!inputs.keySet().equals(values.keySet())) throw new RefusedException(Code.LABEL_MISMATCH);
    List<UnverifiedSignature> signatures = new ArrayList<>();
    for (String label : inputs.keySet()) {
      if (!(inputs.get(label) instanceof InnerList components)) {
        throw new RefusedException(Code.MALFORMED_SIGNATURE_INPUT);
      }
      if (!(values.get(label) instanceof Item item && item.value() instanceof SfBytes value)) {
        throw new RefusedException(Code.MALFORMED_SIGNATURE);
      }
      if (components.items().size() > MAX_COMPONENTS) {
        throw new RefusedException(Code.LIMIT_EXCEEDED);
      }
      signatures.add(new UnverifiedSignature(label, components, value.value()));
    }
    return signatures;
  }

  private static Map<String, Member> parseSignatureField(String text, Code code)
      throws RefusedException {
    try {
      return parseDictionary(text, Duplicates.REFUSED);
    } catch (RefusedException malformed) {
      throw malformed.code() == Code.DUPLICATE_LABEL ? malformed : new RefusedException(code);
    }
  }

  private static final Set<String> TIMES = Set.of("created", "expires");
  private static final Set<String> TEXTS = Set.of("nonce", "alg", "keyid", "tag");

  /** RFC 9421 section 2.3: Integers and Strings. Times before 1970 are refused. */
  static void checkParameters(UnverifiedSignature signature) throws RefusedException {
    for (var parameter : signature.components().parameters().entrySet()) {
      BareItem value = parameter.getValue();
      boolean isTime = value instanceof SfInteger time && time.value() >= 0;
      boolean isText = value instanceof SfString;
      String name = parameter.getKey();
      if ((TIMES.contains(name) && !isTime) || (TEXTS.contains(name) && !isText)) {
        throw new RefusedException(Code.MALFORMED_PARAMETER, name);
      }
    }
  }

  /** The text that is signed: one line for each component (RFC 9421 section 2.5). */
  static String signatureBase(Message message, InnerList components) throws RefusedException {
    StringBuilder base = new StringBuilder();
    Set<String> seen = new HashSet<>();
    for (Item component : components.items()) {
      if (!seen.add(identifier(withoutNeedlessSf(component)))) {
        throw new RefusedException(Code.DUPLICATE_COMPONENT, component.serialize());
      }
      String value = componentValue(message, component);
      base.append(component.serialize()).append(": ").append(value).append('\n');
    }
    return base.append("\"@signature-params\": ").append(components.serialize()).toString();
  }

  /** RFC 9421 section 2.1.2: a member is covered once, whatever sf says beside its key. */
  private static Item withoutNeedlessSf(Item component) {
    if (!component.parameters().containsKey("key")) return component;
    Map<String, BareItem> parameters = new HashMap<>(component.parameters());
    parameters.remove("sf");
    return new Item(component.value(), parameters);
  }

  /** RFC 9421 section 3.2, steps 6 to 9: the base is made from the message that was received. */
  static void verifySignature(Message message, UnverifiedSignature signature, Key key)
      throws RefusedException {
    if (signature.has("alg") && !key.algorithm().toString().equals(signature.text("alg"))) {
      throw new RefusedException(Code.ALGORITHM_MISMATCH);
    }
    String base = signatureBase(message, signature.components());
    if (!key.verifies(signature.value(), base.getBytes(StandardCharsets.US_ASCII))) {
      throw new RefusedException(Code.INVALID_SIGNATURE);
    }
  }

  // ---- Keys (RFC 9421 section 3.3) -------------------------------------------------------------

  /** The six algorithms of the registry. A key has one of them for ever: no message chooses. */
  public enum Algorithm {
    HMAC_SHA256("hmac-sha256", "", publicKey -> null),
    ED25519("ed25519", "Ed25519", Countersign::ed25519),
    ECDSA_P256_SHA256(
        "ecdsa-p256-sha256",
        "EC",
        key -> ecdsa(key, "secp256r1", "SHA256withECDSAinP1363Format")),
    ECDSA_P384_SHA384(
        "ecdsa-p384-sha384",
        "EC",
        key -> ecdsa(key, "secp384r1", "SHA384withECDSAinP1363Format")),
    RSA_PSS_SHA512("rsa-pss-sha512", "RSA", Countersign::rsaPss),
    RSA_V1_5_SHA256("rsa-v1_5-sha256", "RSA", Countersign::rsaV15);

    private final String wireName;
    private final String keyType;
    private final Function<PublicKey, Check> check;

    Algorithm(String wireName, String keyType, Function<PublicKey, Check> check) {
      this.wireName = wireName;
      this.keyType = keyType;
      this.check = check;
    }

    /** By its name in the registry, as {@code alg} has it. */
    public static Algorithm of(String wireName) {
      return Arrays.stream(values())
          .filter(algorithm -> algorithm.wireName.equals(wireName))
          .findAny()
          .orElseThrow(() -> new IllegalArgumentException("no such algorithm: " + wireName));
    }

    /** The name in the registry. */
    @Override
    public String toString() {
      return wireName;
    }
  }

  /** Whether a signature is that of a base. What the JDK throws at a bad one is a no. */
  @FunctionalInterface
  private interface Check {
    boolean verifies(byte[] signature, byte[] base) throws GeneralSecurityException;
  }

  /** A key that was checked, with its algorithm. Whoever has it can sign as its principal. */
  public static final class Key {
    private static final Pattern PEM =
        Pattern.compile(
            "\\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]*)-----END PUBLIC KEY-----\\s*");

    private final Algorithm algorithm;
    private final String principal;
    private final Check check;

    private Key(Algorithm algorithm, String principal, Check check) {
      this.algorithm = algorithm;
      this.principal = principal;
      this.check = check;
    }

    /**
     * A key for hmac-sha256.
     *
     * @param secret at least 32 random bytes (RFC 9421 section 7.3.1)
     * @param principal who signs with it; null: the keyid
     */
    public static Key hmac(byte[] secret, String principal) {
      if (secret.length < 32) {
        throw new IllegalArgumentException("an HMAC secret must have at least 32 bytes");
      }
      SecretKeySpec key = new SecretKeySpec(secret, "HmacSHA256");
      Check check =
          (signature, base) -> {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return MessageDigest.isEqual(mac.doFinal(base), signature); // in constant time
          };
      return new Key(Algorithm.HMAC_SHA256, principal, check);
    }

    /**
     * A public key for one of the five other algorithms.
     *
     * @param principal who signs with it; null: the keyid
     */
    public static Key of(Algorithm algorithm, PublicKey key, String principal) {
      if (algorithm == Algorithm.HMAC_SHA256) {
        throw new IllegalArgumentException("a public key is no secret: it is no key for HMAC");
      }
      return new Key(algorithm, principal, algorithm.check.apply(key));
    }

    /**
     * A public key in PEM (SubjectPublicKeyInfo; RSA as rsaEncryption).
     *
     * @param principal who signs with it; null: the keyid
     */
    public static Key ofPem(Algorithm algorithm, String pem, String principal) {
      Matcher matcher = PEM.matcher(pem);
      if (algorithm == Algorithm.HMAC_SHA256 || !matcher.matches()) {
        throw new IllegalArgumentException("not a public key in PEM for " + algorithm);
      }
      byte[] encoded = Base64.getMimeDecoder().decode(matcher.group(1));
      try {
        KeyFactory factory = KeyFactory.getInstance(algorithm.keyType);
        return of(algorithm, factory.generatePublic(new X509EncodedKeySpec(encoded)), principal);
      } catch (GeneralSecurityException notThisKey) {
        throw new IllegalArgumentException("not a public key for " + algorithm, notThisKey);
      }
    }

    Algorithm algorithm() {
      return algorithm;
    }

    boolean verifies(byte[] signature, byte[] base) throws RefusedException {
      try {
        return check.verifies(signature, base);
      } catch (SignatureException malformed) {
        return false;
      } catch (GeneralSecurityException unusable) {
        throw new RefusedException(Code.KEY_UNAVAILABLE, unusable);
      }
    }

    @Override
    public String toString() {
      return "Key[" + algorithm + ", " + principal + "]";
    }
  }

  /** Asks the JDK. Each of its names stands for one algorithm with all of its parameters. */
  private static boolean verifyWith(String jdkName, PublicKey key, byte[] base, byte[] signature)
      throws GeneralSecurityException {
    Signature scheme = Signature.getInstance(jdkName);
    if (jdkName.equals("RSASSA-PSS")) scheme.setParameter(PSS_SHA512);
    scheme.initVerify(key);
    scheme.update(base);
    return scheme.verify(signature);
  }

  private static final BigInteger ED25519_PRIME =
      BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

  /** A point of order 8: its y, beside that of its negative and of 0, 1 and -1. */
  private static final BigInteger ED25519_ORDER_8 =
      new BigInteger("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16);

  private static final Set<BigInteger> ED25519_SMALL =
      Set.of(
          BigInteger.ZERO,
          BigInteger.ONE,
          ED25519_PRIME.subtract(BigInteger.ONE),
          ED25519_ORDER_8,
          ED25519_PRIME.subtract(ED25519_ORDER_8));

  /** The encoding of an Ed25519 key before its 32 bytes (RFC 8410 section 4). */
  private static final byte[] ED25519_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  /** RFC 9421 section 3.3.6. The JDK refuses S that is too large, but no weak points. */
  private static Check ed25519(PublicKey key) {
    byte[] encoded = key.getEncoded();
    boolean isEd25519 =
        key instanceof EdECPublicKey
            && encoded.length == ED25519_PREFIX.length + 32
            && Arrays.equals(ED25519_PREFIX, Arrays.copyOf(encoded, ED25519_PREFIX.length));
    if (!isEd25519) throw new IllegalArgumentException("the key must be an Ed25519 key");
    if (!isSafePoint(Arrays.copyOfRange(encoded, ED25519_PREFIX.length, encoded.length))) {
      throw new IllegalArgumentException("an Ed25519 key of small order or a second encoding");
    }
    return (signature, base) ->
        signature.length == 64
            && isSafePoint(Arrays.copyOf(signature, 32))
            && verifyWith("Ed25519", key, base, signature);
  }

  /** False for points of small order, which can fit any message, and where y >= p. */
  private static boolean isSafePoint(byte[] littleEndian) {
    byte[] bigEndian = new byte[littleEndian.length];
    for (int i = 0; i < bigEndian.length; i++) {
      bigEndian[i] = littleEndian[bigEndian.length - 1 - i];
    }
    BigInteger y = new BigInteger(1, bigEndian).clearBit(255); // the sign of x
    return y.compareTo(ED25519_PRIME) < 0 && !ED25519_SMALL.contains(y);
  }

  /**
   * RFC 9421 sections 3.3.4 and 3.3.5: r and s one after the other, each padded to the size of the
   * curve, never DER. Java 15 to 18 took r = s = 0 for a signature of anything (CVE-2022-21449), so
   * their range is checked here.
   */
  private static Check ecdsa(PublicKey key, String curveName, String jdkName) {
    ECParameterSpec curve = curveOf(curveName);
    if (!(key instanceof ECPublicKey point) || !isOnCurve(point, curve)) {
      throw new IllegalArgumentException("the key must be a point of the curve " + curveName);
    }
    BigInteger order = curve.getOrder();
    int size = (order.bitLength() + 7) / 8;
    return (signature, base) -> {
      if (signature.length != 2 * size) return false;
      for (int start : new int[] {0, size}) {
        BigInteger half = new BigInteger(1, Arrays.copyOfRange(signature, start, start + size));
        if (half.signum() == 0 || half.compareTo(order) >= 0) return false;
      }
      return verifyWith(jdkName, key, base, signature);
    };
  }

  private static ECParameterSpec curveOf(String name) {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(name));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this JDK has no curve " + name, missing);
    }
  }

  /** Whether key and curve belong together: a point of another curve can give secrets away. */
  private static boolean isOnCurve(ECPublicKey key, ECParameterSpec curve) {
    ECParameterSpec claimed = key.getParams();
    EllipticCurve shape = curve.getCurve();
    boolean same =
        claimed.getCurve().getField().equals(shape.getField())
            && claimed.getCurve().getA().equals(shape.getA())
            && claimed.getCurve().getB().equals(shape.getB())
            && claimed.getGenerator().equals(curve.getGenerator())
            && claimed.getOrder().equals(curve.getOrder());
    ECPoint point = key.getW();
    if (!same || point.equals(ECPoint.POINT_INFINITY)) return false;
    BigInteger p = ((ECFieldFp) shape.getField()).getP();
    BigInteger x = point.getAffineX();
    BigInteger y = point.getAffineY();
    BigInteger right = x.pow(3).add(shape.getA().multiply(x)).add(shape.getB());
    boolean isReduced = x.compareTo(p) < 0 && y.compareTo(p) < 0;
    return isReduced && y.pow(2).subtract(right).mod(p).signum() == 0;
  }

  /** RFC 9421 section 3.3.1. Without these, the JDK would take SHA-1 and a salt of 20 bytes. */
  private static final PSSParameterSpec PSS_SHA512 =
      new PSSParameterSpec("SHA-512", "MGF1", MGF1ParameterSpec.SHA512, 64, 1);

  private static Check rsaPss(PublicKey key) {
    int size = sizeOf(rsaKey(key));
    return (signature, base) ->
        signature.length == size // RFC 8017 section 8.1.2
            && verifyWith("RSASSA-PSS", key, base, signature);
  }

  /** The encoding of a SHA-256 before its 32 bytes, parameters included (RFC 8017 section 9.2). */
  private static final String SHA256_DIGEST_INFO = "003031300d060960864801650304020105000420";

  /**
   * RFC 9421 section 3.3.2. The JDK also takes a digest whose encoding lacks its parameters; RFC
   * 8017 section 8.2.2 compares with the one encoding that there is.
   */
  private static Check rsaV15(PublicKey key) {
    RSAPublicKey rsa = rsaKey(key);
    int size = sizeOf(rsa);
    return (signature, base) -> {
      if (signature.length != size) return false;
      String digest = HexFormat.of().formatHex(hash("SHA-256", base));
      String padding = "ff".repeat(size - 2 - SHA256_DIGEST_INFO.length() / 2 - 32);
      String encoded = "0001" + padding + SHA256_DIGEST_INFO + digest;
      BigInteger opened =
          new BigInteger(1, signature).modPow(rsa.getPublicExponent(), rsa.getModulus());
      return opened.equals(new BigInteger(encoded, 16))
          && verifyWith("SHA256withRSA", key, base, signature);
    };
  }

  /** Under the exponent 1 a padded digest signs itself, and under an even one nothing is unique. */
  private static RSAPublicKey rsaKey(PublicKey key) {
    if (!(key instanceof RSAPublicKey rsa) || rsa.getModulus().bitLength() < 2048) {
      throw new IllegalArgumentException("the key must be an RSA key of at least 2048 bits");
    }
    BigInteger exponent = rsa.getPublicExponent();
    if (exponent.compareTo(BigInteger.valueOf(3)) < 0 || !exponent.testBit(0)) {
      throw new IllegalArgumentException("the exponent of an RSA key is odd, and at least 3");
    }
    return rsa;
  }

  private static int sizeOf(RSAPublicKey key) {
    return (key.getModulus().bitLength() + 7) / 8;
  }

  // ---- Content-Digest (RFC 9530) ---------------------------------------------------------------

  private static final Map<String, String> DIGESTS =
      Map.of("sha-256", "SHA-256", "sha-512", "SHA-512");

  /** Every digest of an active algorithm must be that of the body, and one must be there (5). */
  static void checkDigest(String field, byte[] body) throws RefusedException {
    Map<String, Member> stated;
    try {
      stated = parseDictionary(field, Duplicates.REFUSED);
    } catch (RefusedException malformed) {
      throw new RefusedException(Code.MALFORMED_DIGEST);
    }
    if (Collections.disjoint(stated.keySet(), DIGESTS.keySet())) {
      throw new RefusedException(Code.UNSUPPORTED_DIGEST);
    }
    for (var digest : DIGESTS.entrySet()) {
      Member member = stated.get(digest.getKey());
      if (member == null) continue;
      if (!(member instanceof Item item && item.value() instanceof SfBytes value)) {
        throw new RefusedException(Code.MALFORMED_DIGEST);
      }
      if (!MessageDigest.isEqual(value.value(), hash(digest.getValue(), body))) {
        throw new RefusedException(Code.DIGEST_MISMATCH, digest.getKey());
      }
    }
  }

  private static byte[] hash(String algorithm, byte[] content) {
    try {
      return MessageDigest.getInstance(algorithm).digest(content);
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every JDK should have " + algorithm, missing);
    }
  }

  // ---- Replay stores ---------------------------------------------------------------------------
  // A store forgets an entry only after it has raised its floor to that entry's `created`, and what
  // was created at or below the floor is stale. So nothing is accepted twice, whatever clocks,
  // restarts and changed windows do. A store without a history cannot know what was accepted before
  // it: it refuses what was created up to its start plus the skew.

  /**
   * A verified message that wants to be let in. Times are Unix seconds.
   *
   * @param key a hash of scope, principal and nonce
   * @param forgetAfter the last second in which the message is acceptable
   */
  public record Claim(
      String key,
      String principal,
      long created,
      long forgetAfter,
      long now,
      long futureSkewSeconds) {
    /** A store looks again, inside its atomic step: the body may have taken its time. */
    public boolean isOutsideWindow() {
      return now > forgetAfter || created > now + futureSkewSeconds;
    }
  }

  /** What a store says to a claim. */
  public enum Answer {
    ACCEPTED,
    REPLAYED,
    STALE
  }

  /** Remembers which messages were let in. */
  @FunctionalInterface
  public interface Store {
    /**
     * Decides in one atomic step, and accepts a key at most once.
     *
     * @throws Exception where it cannot tell: nothing is let in then
     */
    Answer claim(Claim claim) throws Exception;
  }

  /** For one process, and all of its threads. After a restart it refuses for some seconds. */
  public static final class MemoryStore implements Store {
    private static final long NEVER = Long.MIN_VALUE / 2;

    private final long start;
    private final int maxEntries;
    private final Set<String> keys = new HashSet<>();
    private final TreeMap<Long, List<String>> keysByCreated = new TreeMap<>();
    private long floor = NEVER;
    private long longestLife;

    /** A store of a million entries that does not know what was accepted before it. */
    public MemoryStore() {
      this(InstantSource.system(), 1_000_000);
    }

    /** A store that does not know what was accepted before it. It never drops a live entry. */
    public MemoryStore(InstantSource clock, int maxEntries) {
      this(clock.instant().getEpochSecond(), maxEntries);
    }

    private MemoryStore(long start, int maxEntries) {
      this.start = start;
      this.maxEntries = maxEntries;
    }

    /** For a test, a demo or a first deploy: no earlier process has accepted anything. */
    public static MemoryStore startsFresh(int maxEntries) {
      return new MemoryStore(NEVER, maxEntries);
    }

    @Override
    public synchronized Answer claim(Claim claim) throws RefusedException {
      // Windows of several lengths may share a store.
      longestLife = Math.max(longestLife, claim.forgetAfter() - claim.created());
      forget(claim.now());
      if (claim.isOutsideWindow() || claim.created() <= floor) return Answer.STALE;
      if (keys.contains(claim.key())) return Answer.REPLAYED;
      long knownFrom = start + claim.futureSkewSeconds() + 1;
      if (claim.created() < knownFrom) {
        long wait = Math.max(1, knownFrom - claim.now());
        throw new RefusedException(Code.REPLAY_STORE_STARTING, wait);
      }
      if (keys.size() >= maxEntries) throw new RefusedException(Code.REPLAY_STORE_FULL);
      keys.add(claim.key());
      keysByCreated.computeIfAbsent(claim.created(), time -> new ArrayList<>()).add(claim.key());
      return Answer.ACCEPTED;
    }

    private void forget(long now) {
      while (!keysByCreated.isEmpty() && keysByCreated.firstKey() + longestLife < now) {
        floor = Math.max(floor, keysByCreated.firstKey()); // first the floor,
        keysByCreated.pollFirstEntry().getValue().forEach(keys::remove); // then the entries
      }
    }
  }

  // ---- The verifier ----------------------------------------------------------------------------

  private static final List<String> ALWAYS_COVERED =
      List.of("\"@method\"", "\"@authority\"", "\"@path\"", "\"@query\"");
  private static final List<String> COVERED_WHEN_PRESENT =
      List.of("authorization", "idempotency-key");
  private static final List<String> COVERED_WITH_BODY = List.of("content-type", "content-encoding");
  private static final List<String> SINGLE_FIELDS =
      List.of(
          "host",
          "content-type",
          "content-length",
          "content-digest",
          "authorization",
          "idempotency-key");
  private static final int MIN_NONCE_CHARACTERS = 16;
  private static final int MAX_NONCE_CHARACTERS = 128;
  private static final int MAX_KEYID_CHARACTERS = 256;
  private static final long MAX_LIFETIME_SECONDS = 86_400;

  /** What may be believed of a request. Only {@link Verifier#verify} makes one. */
  public static final class Verified {
    private final UnverifiedSignature signature;
    private final String principal;
    private final byte[] body;

    private Verified(UnverifiedSignature signature, String principal, byte[] body) {
      this.signature = signature;
      this.principal = principal;
      this.body = body;
    }

    /** Who signed it: the principal of the key, or else its keyid. */
    public String principal() {
      return principal;
    }

    /** The key that it was signed with. */
    public String keyId() {
      return signature.text("keyid");
    }

    /** The label of the signature. Its sender chose it: no rights follow from it. */
    public String label() {
      return signature.label();
    }

    /** When it was signed, in Unix seconds. */
    public long created() {
      return signature.seconds("created");
    }

    /** The application that it was signed for. */
    public Optional<String> tag() {
      return Optional.ofNullable(signature.text("tag"));
    }

    /** The covered components, serialized. */
    public List<String> components() {
      return signature.components().items().stream().map(Item::serialize).toList();
    }

    /** The bytes that were signed. */
    public byte[] body() {
      return body.clone();
    }
  }

  /** Finds keys. A keyid is opaque: no path, no URL, no part of a query. */
  @FunctionalInterface
  public interface KeyFinder {
    /**
     * The key, or null where none is known.
     *
     * @throws Exception where it cannot tell, or refuses the key with {@link Code#INACTIVE_KEY}
     */
    Key find(String keyId) throws Exception;
  }

  /** Checks requests against one policy. Many threads may use it. */
  public static final class Verifier {
    private final KeyFinder keys;
    private final Origin origin;
    private final Store store;
    private final Set<String> tags;
    private final List<String> required;
    private final Map<String, FieldType> fieldTypes;
    private final long maxAgeSeconds;
    private final long futureSkewSeconds;
    private final long storeSkewSeconds;
    private final int maxBodyBytes;
    private final String scope;
    private final InstantSource clock;

    private Verifier(Builder builder, KeyFinder keys) {
      this.keys = keys;
      this.origin = Objects.requireNonNull(builder.origin, "a verifier needs an origin");
      this.store = Objects.requireNonNull(builder.store, "a verifier needs a store");
      this.tags = new HashSet<>(builder.tags); // Set.copyOf could not be asked for null
      this.required = List.copyOf(builder.required);
      this.fieldTypes = Map.copyOf(builder.fieldTypes);
      this.maxAgeSeconds = builder.maxAgeSeconds;
      this.futureSkewSeconds = builder.futureSkewSeconds;
      this.storeSkewSeconds = Math.max(futureSkewSeconds, builder.earlierFutureSkewSeconds);
      this.maxBodyBytes = builder.maxBodyBytes;
      this.scope = builder.scope;
      this.clock = builder.clock;
    }

    /** A policy to fill in: a key, an origin and a store are needed. */
    public static Builder builder() {
      return new Builder();
    }

    /** The verifier's clock in Unix seconds. */
    public long now() {
      return clock.instant().getEpochSecond();
    }

    /** Lets a request in at most once. */
    public Verified verify(Request request) throws RefusedException {
      Message message = messageOf(request);
      List<UnverifiedSignature> signatures = parseSignatures(message.headers()); // step 1
      Authentic authentic = findAuthentic(message, signatures); // steps 2 to 4
      byte[] body = readBody(request);
      checkBody(message, authentic.signature(), body); // step 5
      claim(authentic); // step 6: nothing was written before it
      return new Verified(authentic.signature(), authentic.principal(), body); // step 7 is yours
    }

    /** A signature that is good, of a message whose body nobody has looked at. */
    private record Authentic(UnverifiedSignature signature, String principal) {}

    private Message messageOf(Request request) throws RefusedException {
      if (!isFilledWith(request.method(), Countersign::isNameCharacter)) {
        throw new RefusedException(Code.MALFORMED_MESSAGE, "not a method");
      }
      RequestLine line = RequestLine.of(request.method(), origin, request.target());
      Fields headers = Fields.of(request.headers());
      for (String name : SINGLE_FIELDS) {
        if (headers.of(name).size() > 1) {
          throw new RefusedException(Code.MALFORMED_MESSAGE, name + " occurs twice");
        }
      }
      boolean hasLength = headers.has("content-length");
      if (hasLength && !isFilledWith(headers.combined("content-length"), Countersign::isDigit)) {
        throw new RefusedException(Code.MALFORMED_MESSAGE, "content-length");
      }
      return new Message(line, headers, Fields.NONE, fieldTypes);
    }

    /** One signature that meets the policy is enough (RFC 9421 section 3.2, step 1.1). */
    private Authentic findAuthentic(Message message, List<UnverifiedSignature> signatures)
        throws RefusedException {
      RefusedException first = null;
      for (UnverifiedSignature signature : signatures) {
        if (!tags.isEmpty() && !tags.contains(signature.text("tag"))) continue;
        try {
          checkPolicy(message, signature);
          checkTimes(signature);
          Key key = findKey(signature.text("keyid"));
          verifySignature(message, signature, key);
          String principal = key.principal == null ? signature.text("keyid") : key.principal;
          return new Authentic(signature, principal);
        } catch (RefusedException refusal) {
          first = first == null ? refusal : first;
        }
      }
      throw first == null ? new RefusedException(Code.NO_MATCHING_SIGNATURE) : first;
    }

    /** Step 2, before any cryptography: what must be there, and what must be covered. */
    private void checkPolicy(Message message, UnverifiedSignature signature)
        throws RefusedException {
      checkParameters(signature);
      for (String name : List.of("created", "nonce", "keyid")) {
        if (!signature.has(name)) throw new RefusedException(Code.MISSING_PARAMETER, name);
      }
      int characters = signature.text("nonce").length();
      if (characters < MIN_NONCE_CHARACTERS || characters > MAX_NONCE_CHARACTERS) {
        throw new RefusedException(Code.MALFORMED_PARAMETER, "a nonce has 16 to 128 characters");
      }
      if (signature.text("keyid").length() > MAX_KEYID_CHARACTERS) {
        throw new RefusedException(Code.MALFORMED_PARAMETER, "a keyid has at most 256 characters");
      }
      checkCoverage(message, signature, announcesBody(message.headers()));
    }

    private static boolean announcesBody(Fields headers) {
      boolean isEmpty = List.of("", "0").contains(headers.combined("content-length"));
      return !isEmpty || headers.has("transfer-encoding");
    }

    /** Identifiers as wholes: "content-digest";req does not stand in for it (7.2.1). */
    private void checkCoverage(Message message, UnverifiedSignature signature, boolean hasBody)
        throws RefusedException {
      Set<String> covered = signature.identifiers();
      List<String> needed = new ArrayList<>(required);
      List<String> names = new ArrayList<>(COVERED_WHEN_PRESENT);
      if (hasBody) names.addAll(COVERED_WITH_BODY);
      for (String name : names) {
        if (message.headers().has(name)) needed.add('"' + name + '"');
      }
      for (String identifier : needed) {
        if (!covered.contains(identifier)) {
          throw new RefusedException(Code.COMPONENT_NOT_COVERED, identifier);
        }
      }
      if (hasBody && !covered.contains("\"content-digest\"")) {
        throw new RefusedException(Code.MISSING_DIGEST);
      }
    }

    private void checkTimes(UnverifiedSignature signature) throws RefusedException {
      long now = now();
      long created = signature.seconds("created");
      if (created > now + futureSkewSeconds) throw new RefusedException(Code.NOT_YET_VALID);
      if (now > created + maxAgeSeconds) throw new RefusedException(Code.STALE);
      if (!signature.has("expires")) return;
      long expires = signature.seconds("expires");
      if (expires <= created || expires > created + MAX_LIFETIME_SECONDS) {
        throw new RefusedException(Code.MALFORMED_PARAMETER, "expires");
      }
      if (now > expires) throw new RefusedException(Code.EXPIRED);
    }

    /** Step 3. */
    private Key findKey(String keyId) throws RefusedException {
      Key key = call(Code.KEY_UNAVAILABLE, () -> keys.find(keyId));
      if (key == null) throw new RefusedException(Code.UNKNOWN_KEY);
      return key;
    }

    private byte[] readBody(Request request) throws RefusedException {
      try {
        byte[] body = request.body().readNBytes(maxBodyBytes + 1);
        if (body.length > maxBodyBytes) throw new RefusedException(Code.BODY_TOO_LARGE);
        return body;
      } catch (IOException unreadable) {
        throw new RefusedException(Code.BODY_UNREADABLE, unreadable);
      }
    }

    private void checkBody(Message message, UnverifiedSignature signature, byte[] body)
        throws RefusedException {
      checkCoverage(message, signature, body.length > 0); // what was announced may be untrue
      if (message.headers().has("content-digest")) {
        checkDigest(message.headers().combined("content-digest"), body);
      }
    }

    private void claim(Authentic authentic) throws RefusedException {
      UnverifiedSignature signature = authentic.signature();
      long created = signature.seconds("created");
      long forgetAfter = created + maxAgeSeconds;
      if (signature.has("expires")) {
        forgetAfter = Math.min(forgetAfter, signature.seconds("expires"));
      }
      String principal = authentic.principal();
      String key = hashOf(List.of(scope, principal, signature.text("nonce")));
      Claim claim = new Claim(key, principal, created, forgetAfter, now(), storeSkewSeconds);
      Answer answer = call(Code.REPLAY_STORE_UNAVAILABLE, () -> store.claim(claim));
      if (answer == Answer.ACCEPTED) return;
      if (answer == Answer.REPLAYED) throw new RefusedException(Code.REPLAYED);
      if (answer == Answer.STALE) throw new RefusedException(Code.STALE);
      throw new RefusedException(Code.REPLAY_STORE_UNAVAILABLE, "it gave no answer");
    }

    /** Each part behind its length, so that ("a:b", "c") and ("a", "b:c") differ. */
    private static String hashOf(List<String> parts) {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      for (String part : parts) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        content.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        content.writeBytes(bytes);
      }
      return HexFormat.of().formatHex(hash("SHA-256", content.toByteArray()));
    }

    private interface Outside<T> {
      T call() throws Exception;
    }

    /** Asks what is not ours. Whatever fails there lets nothing in. */
    private static <T> T call(Code failed, Outside<T> outside) throws RefusedException {
      try {
        return outside.call();
      } catch (RefusedException refusal) {
        throw refusal;
      } catch (Exception failure) {
        if (failure instanceof InterruptedException) Thread.currentThread().interrupt();
        throw new RefusedException(failed, failure);
      }
    }
  }

  /** A policy. What is not set has the strict default. Mistakes are found here, not in requests. */
  public static final class Builder {
    private final Map<String, Key> keys = new HashMap<>();
    private final Set<String> tags = new HashSet<>();
    private final List<String> required = new ArrayList<>(ALWAYS_COVERED);
    private final Map<String, FieldType> fieldTypes = new HashMap<>();
    private KeyFinder finder;
    private Origin origin;
    private Store store;
    private long maxAgeSeconds = 60;
    private long futureSkewSeconds = 10;
    private long earlierFutureSkewSeconds;
    private int maxBodyBytes = 1_048_576;
    private String scope = "";
    private InstantSource clock = InstantSource.system();

    private Builder() {}

    /** Trusts a key, by its keyid. */
    public Builder key(String keyId, Key key) {
      Objects.requireNonNull(key);
      if (keys.put(keyId, key) != null) throw new IllegalArgumentException("two keys: " + keyId);
      return this;
    }

    /** Trusts the keys that are found, instead of those that were given one by one. */
    public Builder keys(KeyFinder finder) {
      this.finder = finder;
      return this;
    }

    /** Scheme and authority that clients call. Host and X-Forwarded-* are never believed. */
    public Builder origin(String origin) {
      this.origin = Origin.of(origin);
      return this;
    }

    /** Remembers what was let in. */
    public Builder store(Store store) {
      this.store = store;
      return this;
    }

    /** A signature must have this tag; called several times, one of these. */
    public Builder tag(String tag) {
      tags.add(tag);
      return this;
    }

    /** Requires a component beside those of the profile: a name, or a serialized identifier. */
    public Builder require(String component) {
      String text = component.startsWith("\"") ? component : '"' + component + '"';
      try {
        required.add(identifier(parseItem(text)));
      } catch (RefusedException malformed) {
        throw new IllegalArgumentException("not a component: " + component, malformed);
      }
      return this;
    }

    /** The type of a structured field that no registry knows. */
    public Builder fieldType(String name, FieldType type) {
      fieldTypes.put(lowerCase(name), type);
      return this;
    }

    /** How old a signature may be. Default: 60 seconds. */
    public Builder maxAge(Duration age) {
      maxAgeSeconds = secondsOf(age);
      return this;
    }

    /** How far the clocks of clients may be ahead. Default: 10 seconds. */
    public Builder futureSkew(Duration skew) {
      futureSkewSeconds = secondsOf(skew);
      return this;
    }

    /** The widest skew that was ever used with this store. Default: that of this verifier. */
    public Builder earlierFutureSkew(Duration skew) {
      earlierFutureSkewSeconds = secondsOf(skew);
      return this;
    }

    /** The longest body. Default: 1 MiB. */
    public Builder maxBodyBytes(int bytes) {
      if (bytes < 0 || bytes == Integer.MAX_VALUE) {
        throw new IllegalArgumentException("a body of " + bytes + " bytes");
      }
      maxBodyBytes = bytes;
      return this;
    }

    /** Keeps verifiers apart that have nothing to do with each other, and share a store. */
    public Builder scope(String scope) {
      this.scope = Objects.requireNonNull(scope);
      return this;
    }

    /** Default: the clock of the system. */
    public Builder clock(InstantSource clock) {
      this.clock = Objects.requireNonNull(clock);
      return this;
    }

    /** The verifier. What is changed here afterwards does not change it. */
    public Verifier build() {
      if ((finder == null) == keys.isEmpty()) {
        throw new IllegalStateException("a verifier needs either keys, or what finds them");
      }
      return new Verifier(this, finder == null ? Map.copyOf(keys)::get : finder);
    }

    private static long secondsOf(Duration duration) {
      if (duration.isNegative() || duration.compareTo(Duration.ofDays(365)) > 0) {
        throw new IllegalArgumentException("not between 0 and a year: " + duration);
      }
      return duration.toSeconds();
    }
  }

  // ---- com.sun.net.httpserver ------------------------------------------------------------------

  private static final System.Logger LOG = System.getLogger("countersign");

  /** Handles a request that was verified. */
  @FunctionalInterface
  public interface VerifiedHandler {
    /** The body of the exchange is that of {@code verified}, and can be read. */
    void handle(HttpExchange exchange, Verified verified) throws IOException;
  }

  /**
   * Lets only verified requests through to a handler.
   *
   * <p>What was verified is an argument and no attribute of the exchange: in Java 17 the attributes
   * are those of the context, so that requests at the same time would see each other's.
   */
  public static HttpHandler protect(Verifier verifier, VerifiedHandler handler) {
    return exchange -> {
      Verified verified;
      try {
        verified = verifier.verify(requestOf(exchange));
      } catch (RefusedException refusal) {
        boolean ours = refusal.code().kind() == Kind.UNAVAILABLE;
        var level = ours ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG;
        LOG.log(level, "refused: " + refusal.code(), refusal.getCause());
        answer(exchange, refusal.problem(verifier.now()));
        return;
      }
      exchange.setStreams(new ByteArrayInputStream(verified.body()), null);
      handler.handle(exchange, verified);
    };
  }

  private static Request requestOf(HttpExchange exchange) throws RefusedException {
    String target = exchange.getRequestURI().toString(); // as it came: nothing is decoded
    if (target.startsWith("//")) { // the JDK takes //a/b for the path /b at the host a
      throw new RefusedException(Code.MALFORMED_MESSAGE, "handlers would see another path");
    }
    List<Field> headers = new ArrayList<>();
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> values.forEach(value -> headers.add(new Field(name, value))));
    return new Request(exchange.getRequestMethod(), target, headers, exchange.getRequestBody());
  }

  private static void answer(HttpExchange exchange, Problem problem) throws IOException {
    byte[] body = problem.body().getBytes(StandardCharsets.UTF_8);
    Headers headers = exchange.getResponseHeaders();
    problem.fields().forEach(field -> headers.set(field.name(), field.value()));
    boolean isHead = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(problem.status(), isHead ? -1 : body.length);
    if (!isHead) exchange.getResponseBody().write(body);
    exchange.close();
  }
}
