package delegation

import (
	"net"
	"sync/atomic"
)

// NewOn is New in a network of the test's, on a machine whose resolvers are named in a file. Extensions' own servers are at
// port 53.
func NewOn(options Options, dial func(kind, address string) (net.Conn, error), resolvConf string) (*Checker, error) {
	return newChecker(options, network{dial, "53", new(atomic.Int32)}, resolvConf)
}

// Dial is the real network.
var Dial = dial

// Unpaced lets a Checker that has asked nothing yet ask extensions' own servers as fast as they answer.
func Unpaced(c *Checker) { c.rate = 0 }
