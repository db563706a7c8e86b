// Command runner runs test vectors: see "Runners" in packages/vectors/README.md.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"

	"countersign.example/countersign"
)

// errSkip: countersign.go does not do this.
type errSkip struct{ reason string }

func (e errSkip) Error() string { return e.reason }

// answer is a line of the output.
type answer struct {
	ID     string   `json:"id"`
	Result string   `json:"result"`
	Reason string   `json:"reason,omitempty"`
	Label  string   `json:"label,omitempty"`
	Steps  []string `json:"steps,omitempty"`
}

func main() {
	log.SetFlags(0)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	var first struct {
		Keys map[string]keyEntry `json:"keys"`
	}
	if !lines.Scan() {
		log.Fatal("no keys on standard input")
	}
	if err := json.Unmarshal(lines.Bytes(), &first); err != nil {
		log.Fatal(err)
	}
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			log.Fatal(err)
		}
		if err := output.Encode(answerTo(v, first.Keys)); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}

func answerTo(v vector, keys keyRing) answer {
	result := answer{ID: v.ID, Result: "accept"}
	var err error
	switch v.Type {
	case "base":
		err = runBase(v, keys)
	case "verify":
		result.Label, err = runVerify(v, keys)
	case "digest":
		err = runDigest(v)
	case "structured-field":
		err = runStructuredField(v)
	case "sequence":
		result.Steps = runSequence(v, keys)
		if result.Steps[len(result.Steps)-1] == "reject" {
			result.Result = "reject"
		}
	default:
		err = errSkip{"no " + v.Type}
	}
	var skip errSkip
	var refusal *countersign.SignatureError
	switch {
	case err == nil:
		return result
	case errors.As(err, &skip):
		result.Result, result.Reason = "skip", skip.reason
	case errors.As(err, &refusal):
		result.Result, result.Reason = "reject", string(refusal.Code)
	default:
		result.Result, result.Reason = "reject", err.Error()
	}
	return result
}

func expectEqual(actual, expected string) error {
	if actual != expected {
		return fmt.Errorf("%q instead of %q", actual, expected)
	}
	return nil
}
