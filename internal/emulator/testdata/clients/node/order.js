// Orders a domain with OVHcloud's client for Node.js: node order.js PORT DOMAIN
'use strict';

const [port, domain] = process.argv.slice(2);
const ovh = require('ovh')({
  host: '127.0.0.1',
  port,
  appKey: process.env.OVH_APPLICATION_KEY,
  appSecret: process.env.OVH_APPLICATION_SECRET,
  consumerKey: process.env.OVH_CONSUMER_KEY,
});

async function order() {
  const { cartId } = await ovh.requestPromised('POST', '/order/cart', { ovhSubsidiary: 'FR' });
  const cart = `/order/cart/${cartId}`;
  await ovh.requestPromised('POST', `${cart}/assign`);
  const [offer] = await ovh.requestPromised('GET', `${cart}/domain`, { domain });
  const { itemId } = await ovh.requestPromised('POST', `${cart}/domain`, { domain, offerId: offer.offerId });
  const item = `${cart}/item/${itemId}`;
  const [contact] = await ovh.requestPromised('GET', '/me/contact');
  const answers = { OWNER_LEGAL_AGE: 'true', OWNER_CONTACT: `/me/contact/${contact}` };
  for (const { label } of await ovh.requestPromised('GET', `${item}/requiredConfiguration`)) {
    if (answers[label]) {
      await ovh.requestPromised('POST', `${item}/configuration`, { label, value: answers[label] });
    }
  }
  await ovh.requestPromised('GET', `${cart}/checkout`);
  const { orderId, prices } = await ovh.requestPromised('POST', `${cart}/checkout`);
  const [method] = await ovh.requestPromised('GET', '/me/payment/method', { default: true });
  await ovh.requestPromised('POST', `/me/order/${orderId}/pay`, { paymentMethod: { id: method } });
  console.log(prices.withTax.value, await ovh.requestPromised('GET', `/me/order/${orderId}/status`));
}

order().catch((failure) => {
  console.error(failure);
  process.exitCode = 1;
});
