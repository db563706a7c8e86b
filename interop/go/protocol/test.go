package protocol

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Test is a vector with what it inherits of its group.
type Test struct {
	ID             string
	Type           string
	Message        Message
	Label          string
	Key            string
	Keys           []string
	Components     []Component
	Parameters     []Parameter
	SignatureInput string
	Signature      string
	Policy         struct{ Label string }
	Expect         struct{ Result string }

	StructuredField StructuredField
	Digest          Digest
}

// StructuredField is a field of a structured type, and its strict serialization.
type StructuredField struct {
	Type      string
	Raw       []string
	Canonical string
	Member    string
}

// Lines are the field lines as the bytes of the wire.
func (f StructuredField) Lines() []string {
	lines := make([]string, len(f.Raw))
	for index, line := range f.Raw {
		lines[index] = string(latin1(line))
	}
	return lines
}

// Digest is a digest field, and what to do with it.
type Digest struct {
	Operation  string
	Value      string
	Algorithms []string
	Body       []byte
}

// Message is a request, or a response and the request that it answers.
type Message struct {
	Request  Request
	Response *Response
}

// Request is as the sender wrote it.
type Request struct {
	Method        string
	URL           string
	RequestTarget string
	Headers       [][2]string
	Trailers      [][2]string
	Body          string
}

// Response is as the sender wrote it.
type Response struct {
	Status   int
	Headers  [][2]string
	Trailers [][2]string
	Body     string
}

// Component is a component identifier.
type Component struct {
	Name       string
	Parameters []Parameter
}

// Parameter is a name and a string, an integer or a boolean.
type Parameter struct {
	Name  string
	Value any
}

// UnmarshalJSON reads a pair.
func (p *Parameter) UnmarshalJSON(text []byte) error {
	var pair [2]json.RawMessage
	if err := json.Unmarshal(text, &pair); err != nil {
		return err
	}
	if err := json.Unmarshal(pair[0], &p.Name); err != nil {
		return err
	}
	var number int64
	if json.Unmarshal(pair[1], &number) == nil {
		p.Value = number
		return nil
	}
	return json.Unmarshal(pair[1], &p.Value)
}

// String serializes the identifier (RFC 9651 4.1.3).
func (c Component) String() string { return quote(c.Name) + serialize(c.Parameters) }

// Has says whether the identifier has a flag.
func (c Component) Has(flag string) bool {
	value, found := c.Get(flag)
	return found && value == true
}

// Get gives the value of a parameter.
func (c Component) Get(name string) (any, bool) {
	for _, parameter := range c.Parameters {
		if parameter.Name == name {
			return parameter.Value, true
		}
	}
	return nil, false
}

// Parameter gives the value of a signature parameter, or nil.
func (t Test) Parameter(name string) any {
	for _, parameter := range t.Parameters {
		if parameter.Name == name {
			return parameter.Value
		}
	}
	return nil
}

// Input is the member of Signature-Input: that of the vector, or what its components and parameters say.
func (t Test) Input() string {
	if t.SignatureInput != "" {
		return t.SignatureInput
	}
	identifiers := make([]string, len(t.Components))
	for index, component := range t.Components {
		identifiers[index] = component.String()
	}
	return "(" + strings.Join(identifiers, " ") + ")" + serialize(t.Parameters)
}

var labelled = regexp.MustCompile(`(?:^|,)\s*([a-z*][a-z0-9_\-.*]*)\s*=\s*\(`)

// Labels are those to try: the one that the application chose, else all that the message has.
func (t Test) Labels() []string {
	if t.Policy.Label != "" {
		return []string{t.Policy.Label}
	}
	headers := t.Message.Request.Headers
	if t.Message.Response != nil {
		headers = t.Message.Response.Headers
	}
	var labels []string
	for _, line := range headers {
		if !strings.EqualFold(line[0], "signature-input") {
			continue
		}
		for _, match := range labelled.FindAllStringSubmatch(line[1], -1) {
			labels = append(labels, match[1])
		}
	}
	if len(labels) == 0 {
		return []string{"sig1"}
	}
	return labels
}

func serialize(parameters []Parameter) string {
	var text strings.Builder
	for _, parameter := range parameters {
		text.WriteString(";" + parameter.Name)
		switch value := parameter.Value.(type) {
		case string:
			text.WriteString("=" + quote(value))
		case bool:
			if !value {
				text.WriteString("=?0")
			}
		default:
			fmt.Fprintf(&text, "=%v", value)
		}
	}
	return text.String()
}

func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
