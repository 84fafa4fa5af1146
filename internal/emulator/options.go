package emulator

import "time"

// The credentials that the emulator accepts where Options names no others.
const (
	DefaultApplicationKey    = "emulatorappkey01"
	DefaultApplicationSecret = "emulatorappsecret0123456789abcdef"
	DefaultConsumerKey       = "emulatorconsumer0123456789abcdef"
	DefaultAccessToken       = "emulator-access-token"
)

// Options says what kind of server to play. The zero value is today's API with a world of its own.
type Options struct {
	AnonymousLookup bool          // lookups need no login, as from 2016 to 2023
	OldPrices       bool          // answer lookups as in 2016
	OldErrors       bool          // error bodies as before 2024
	Registered      []string      // domains in A-labels that are taken, whatever the world says
	OnlyRegistered  bool          // nothing else is taken
	Seed            uint64        // of the world and of the faults
	CartLife        time.Duration // until a cart expires; 0 means a day
	Latency         time.Duration // of each answer
	Jitter          time.Duration // added to the latency, uniformly from 0 up to this
	Rights          []Right       // of the credentials; nil means every right
	Faults          []Fault       // what goes wrong, and when; the first that applies
	Limit           *Limit        // of requests; nil means none
	PublicURL       string        // scheme and host that clients sign for; empty: as each request says
	ClockOffset     time.Duration // that the server's clock is ahead of this machine's; less than 0: behind it
	Login           string        // kind of login of every request, one of Logins; empty: as the request is signed
	Owned           []string      // domains in A-labels that the account holds from the start
	Rules           []OwnerRule   // of extensions, in place of the world's own
	NoisyPrices     bool          // prices of lookups as doubles with rounding errors, 19.979999999999997, and without whole units
	Record          bool          // keep every request for Requests; memory then grows with them

	Like           Like     // the shapes of the ordering half
	Wants          []Want   // labels that some domains need, beside what the world asks
	NoLegalAge     bool     // OWNER_LEGAL_AGE is not needed
	OwnerContact   bool     // OWNER_CONTACT is needed
	CheckoutRules  []string // extensions whose rules the checkout holds owners against, too
	CheckTimeouts  float64  // the share of dry runs that pass only when asked again; 0 means 0.02, and less than 0 none
	FreeOrders     bool     // everything costs nothing
	DefaultPayment string   // status of the default payment method, "VALID" where it is empty; "none": there is no method
	PaymentRefused bool     // whatever pays an order is refused; the order stays
	Life           Life     // of an order that is paid
	DetailsAfter   int      // looks at an order's rows that find none
	NoRowExtension bool     // …/details/{id}/extension is a 404

	DNSLost      float64  // the share of DNS questions that get no reply
	DNSServFail  float64  // that the server fails on
	DNSTruncated float64  // whose reply over UDP is cut
	DNSWildcards []string // extensions under which every name is delegated

	// OnLookup, where it is not nil, is called with the domain of each lookup when it arrives, by many goroutines at once.
	OnLookup func(domain string) `json:"-"`
}

// Right is one rule of a credential: a method, and a path in which * stands for anything.
type Right struct {
	Method string `json:"method"`
	Path   string `json:"path"`
}
