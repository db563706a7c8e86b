package protocol

import (
	"encoding/base64"
	"strings"
)

// largestInteger has the 15 digits of RFC 9651 3.3.1.
const largestInteger = 999_999_999_999_999

// CanAsk says whether functions that take times from the clock, everything else as text, and the algorithm from the
// key can ask for the signature parameters of the test.
func (t Test) CanAsk(key Key) bool {
	for _, parameter := range t.Parameters {
		switch parameter.Name {
		case "created", "expires":
			value, isInteger := parameter.Value.(int64)
			if !isInteger || value < 0 || value > largestInteger {
				return false
			}
		case "keyid", "nonce", "tag":
			if _, isString := parameter.Value.(string); !isString {
				return false
			}
		case "alg":
			if parameter.Value != key.Algorithm {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// SignatureFields are the fields of the signatures that the message has.
func (m Message) SignatureFields() [][2]string {
	headers := m.Request.Headers
	if m.Response != nil {
		headers = m.Response.Headers
	}
	var fields [][2]string
	for _, field := range headers {
		if strings.EqualFold(field[0], "signature") || strings.EqualFold(field[0], "signature-input") {
			fields = append(fields, field)
		}
	}
	return fields
}

// Signed is the test with the fields of its signature in the message. A vector of which no base can be made has no
// signature: it gets one of zeros, so that a library that refuses it for that has made a base.
func (t Test) Signed(keys Keys) Test {
	signature := t.Signature
	if signature == "" {
		signature = base64.StdEncoding.EncodeToString(make([]byte, keys[t.Key].SignatureLength()))
	}
	label := t.Label
	if label == "" {
		label = "sig"
	}
	fields := [][2]string{{"Signature-Input", label + "=" + t.Input()}, {"Signature", label + "=:" + signature + ":"}}
	signed := t
	signed.Label = label
	if t.Message.Response != nil {
		response := *t.Message.Response
		response.Headers = append(append([][2]string{}, response.Headers...), fields...)
		signed.Message.Response = &response
	} else {
		signed.Message.Request.Headers = append(append([][2]string{}, t.Message.Request.Headers...), fields...)
	}
	return signed
}
