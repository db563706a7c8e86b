// Package protocol is what a runner in Go needs of packages/vectors/README.md.
package protocol

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// Answer is the line that a runner prints for a test.
type Answer struct {
	ID     string      `json:"id"`
	Result string      `json:"result"`
	Reason string      `json:"reason,omitempty"`
	Fields [][2]string `json:"fields,omitempty"`
}

// Accept is the answer that the expectation of an accepted vector holds.
func Accept() Answer { return Answer{Result: "accept"} }

// Skip is the answer to a signature that the functions of the library have no way to ask for.
func Skip() Answer { return Answer{Result: "skip"} }

// Reject is the answer that the library refuses.
func Reject(err error) Answer { return Answer{Result: "reject", Reason: err.Error()} }

// AcceptUnless is Reject for an error, else Accept.
func AcceptUnless(err error) Answer {
	if err != nil {
		return Reject(err)
	}
	return Accept()
}

// Ask calls the library. Its panic refuses too, as it does in a server of net/http.
func Ask(call func() error) (err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case mistake:
			panic(cause)
		default:
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	return call()
}

// Converse reads tests from standard input and prints what answers says, by the type of the test. A mistake of the
// runner panics: only the library may refuse.
func Converse(answers map[string]func(Test, Keys) Answer) {
	lines := bufio.NewReader(os.Stdin)
	decoder := json.NewDecoder(lines)
	var head struct{ Keys Keys }
	Must(decoder.Decode(&head))
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	for decoder.More() {
		var test Test
		Must(decoder.Decode(&test))
		answer := answers[test.Type](test, head.Keys)
		answer.ID = test.ID
		Must(output.Encode(answer))
	}
}

// mistake is a fault of the runner, and not of the library.
type mistake string

// Must panics where the runner is at fault.
func Must(err error) {
	if err != nil {
		panic(mistake(fmt.Sprintf("the runner is wrong: %v", err)))
	}
}
