// Command httpsfv answers the vectors of structured fields with github.com/dunglas/httpsfv, which both libraries of
// signatures in Go are built on.
package main

import (
	"fmt"

	"countersign.example/interop/protocol"
	"github.com/dunglas/httpsfv"
)

func main() {
	protocol.Converse(map[string]func(protocol.Test, protocol.Keys) protocol.Answer{"structured-field": answer})
}

func answer(test protocol.Test, _ protocol.Keys) protocol.Answer {
	return protocol.AcceptUnless(protocol.Ask(func() error {
		serialized, err := serialize(test.StructuredField)
		if err == nil && test.Expect.Result == "accept" && serialized != test.StructuredField.Canonical {
			err = fmt.Errorf("it is %s", serialized)
		}
		return err
	}))
}

func serialize(field protocol.StructuredField) (string, error) {
	value, err := parse(field)
	if err != nil {
		return "", err
	}
	if field.Member == "" {
		return httpsfv.Marshal(value)
	}
	member, found := value.(*httpsfv.Dictionary).Get(field.Member)
	if !found {
		return "", fmt.Errorf("no member %s", field.Member)
	}
	return httpsfv.Marshal(member)
}

func parse(field protocol.StructuredField) (httpsfv.StructuredFieldValue, error) {
	lines := field.Lines()
	switch field.Type {
	case "item":
		return httpsfv.UnmarshalItem(lines)
	case "list":
		return httpsfv.UnmarshalList(lines)
	default:
		return httpsfv.UnmarshalDictionary(lines)
	}
}
