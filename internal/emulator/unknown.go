package emulator

// What no source says of the real API, in one place, so that a capture can replace the guess.
const (
	tooManyClass   = "Client::TooManyRequests"
	tooManyMessage = "Too many requests"

	noCartStatus  = 404
	noCartClass   = "Client::NotFound"
	noCartMessage = "The requested object (cartId = %s) does not exist"

	checkFailedStatus  = 400
	checkFailedClass   = "Client::BadRequest"
	checkFailedMessage = "Some parameters are invalid in the request: Check failed. The extension is not available"

	badDomainStatus  = 400
	badDomainClass   = "Client::BadRequest"
	badDomainMessage = "Parameter domain isn't formatted correctly"

	readOnlyStatus  = 403
	readOnlyClass   = "Client::Forbidden"
	readOnlyMessage = "This cart is read only"

	// What an OAuth2 client is told that asks for its application key.
	noCredentialStatus  = 403
	noCredentialClass   = "Client::Forbidden"
	noCredentialMessage = "User not granted for this request"

	terseMessage        = "Invalid configuration" // a refusal that names nothing
	wrongProductMessage = "Custom field %s is not valid for product %s"
	wrongFieldMessage   = "in customFields the field with name '%s' is not valid"

	// The plan of the DNS zone that comes with a domain, in the rows of an order.
	zonePlan    = "zone"
	zoneProduct = "zone"
	zoneMode    = "default"

	clockWindowMinutes = 5
)
