# Orders a domain with OVHcloud's client for Python, in the steps of the published guide: one cart, looked up, added,
# configured, checked out, paid.
import os
import sys

import ovh
import ovh.client

ovh.client.ENDPOINTS["here"] = os.environ["OVH_ENDPOINT"]
client = ovh.Client(endpoint="here")
domain = sys.argv[1]

cart = client.post("/order/cart", ovhSubsidiary="FR", _need_auth=False)["cartId"]
client.post("/order/cart/%s/assign" % cart)
offer = client.get("/order/cart/%s/domain" % cart, domain=domain)[0]
assert offer["orderable"], offer
item = client.post("/order/cart/%s/domain" % cart, domain=domain, offerId=offer["offerId"])["itemId"]
path = "/order/cart/%s/item/%s" % (cart, item)
for asked in client.get(path + "/requiredConfiguration"):
    # What is required the checkout alone knows; the owner's age always is.
    if asked["type"] == "/me/contact":
        contact = client.post(
            "/me/contact", firstName="Grace", lastName="Example", legalForm="individual", email="grace@example.com",
            phone="+33.100000000", language="fr_FR", birthDay="1980-01-01", birthCity="Roubaix", birthCountry="FR",
            birthZip="59100", address={"country": "FR", "line1": "2 rue Kellermann", "city": "Roubaix", "zip": "59100"})
        value = "/me/contact/%s" % contact["id"]
    elif asked["label"] in ("OWNER_LEGAL_AGE", "ACCEPT_CONDITIONS"):
        value = "true"
    else:
        continue
    client.post(path + "/configuration", label=asked["label"], value=value)
client.get("/order/cart/%s/checkout" % cart)
order = client.post("/order/cart/%s/checkout" % cart)
print(order["prices"]["withTax"]["text"])
means = client.get("/me/order/%s/availableRegisteredPaymentMean" % order["orderId"])
mean = [m["paymentMean"] for m in means if m["paymentMean"] == "fidelityAccount"][0]
client.post("/me/order/%s/payWithRegisteredPaymentMean" % order["orderId"], paymentMean=mean)
print(client.get("/me/order/%s/status" % order["orderId"]))
try:
    client.post("/order/cart/%s/checkout" % cart)
except ovh.exceptions.APIError as refusal:
    print(refusal)
