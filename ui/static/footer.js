// What happens to what one gives.
const render = () => { element.querySelector("p").textContent = earshot.t("footer.privacy"); };
render();
earshot.on("tongue", render);
